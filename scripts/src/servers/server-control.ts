import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Instance, instanceVariable } from '../instance/instance.ts';
import { readJson, writeJson } from '../instance/json-file.ts';
import type { PortName } from '../instance/ports.ts';
import { serverAccount } from '../os/accounts.ts';
import { isPortFree } from '../os/port-probe.ts';
import { isRunning, type ProcessRecord } from '../os/process-table.ts';
import { spawnDetached } from '../os/spawn-detached.ts';
import { Trouble } from '../os/tell.ts';
import { terminate } from '../os/terminate.ts';
import { waitUntil } from '../os/wait-until.ts';
import type { Server, ServerContext } from './server.ts';

/** A started server: its process and the ports it was told. */
export type ServerRecord = { process: ProcessRecord; ports: Partial<Record<PortName, number>> };

/** Starts the server unless it runs already on the wanted ports; resolves when it answers. */
export async function ensureServer(server: Server, context: ServerContext): Promise<'started' | 'was running'> {
  const record = runningServer(server, context.instance);
  const names = [...server.ports, ...(server.told ?? [])];
  if (record && names.every((name) => record.ports[name] === context.ports[name])) {
    await waitForAnswer(server, context, record.process);
    return 'was running';
  }
  await stopServer(server, context.instance);
  await refuseTakenPorts(server, context);
  await server.prepare(context);
  const process = await launch(server, context);
  const ports = Object.fromEntries(names.map((name) => [name, context.ports[name]]));
  writeJson(recordPath(server, context.instance), { process, ports } satisfies ServerRecord);
  await waitForAnswer(server, context, process);
  return 'started';
}

/** Stops the server in its orderly way, by force after its deadline; does nothing when it is not running. */
export async function stopServer(server: Server, instance: Instance, signal = server.stopSignal): Promise<void> {
  const record = runningServer(server, instance);
  if (record) await terminate(record.process, { signal, deadlineMs: server.stopDeadlineMs });
  rmSync(recordPath(server, instance), { force: true });
}

/** The record of the server as long as its process runs. */
export function runningServer(server: Server, instance: Instance): ServerRecord | undefined {
  const record = readJson<ServerRecord>(recordPath(server, instance));
  return isRunning(record?.process) ? record : undefined;
}

/** A stranger on the port could be taken for our server: both answer until ours has noticed and ended. */
async function refuseTakenPorts(server: Server, { ports }: ServerContext): Promise<void> {
  for (const name of server.ports) {
    if (await isPortFree(ports[name])) continue;
    throw new Trouble(`port ${ports[name]}, meant for ${server.name}, was taken meanwhile`, 'again: another is chosen');
  }
}

function launch(server: Server, context: ServerContext): Promise<ProcessRecord> {
  const { file, args, env } = server.command(context);
  return spawnDetached({
    file,
    args,
    folder: join(context.instance.folder, server.name),
    logFile: logPath(server, context.instance),
    account: serverAccount(server.account),
    env: { PATH: process.env.PATH, LANG: 'C.UTF-8', ...env, [instanceVariable]: context.instance.folder },
  });
}

async function waitForAnswer(server: Server, context: ServerContext, process: ProcessRecord): Promise<void> {
  let answers = false;
  const settled = async () => {
    // Asked in this order: what answers after our process has ended is a stranger on the same port.
    answers = (await server.isReady(context)) && isRunning(process);
    return answers || !isRunning(process);
  };
  await waitUntil(settled, { deadlineMs: server.startDeadlineMs, everyMs: 100 });
  if (answers) return;
  const path = logPath(server, context.instance);
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n').slice(-15).join('\n');
  throw new Trouble(
    `${server.name} ${isRunning(process) ? 'does not answer' : 'ended at its start'}; its last lines:\n${lines}`,
    `see ${path} and ${join(context.instance.folder, server.name)}/log`,
  );
}

function logPath(server: Server, instance: Instance): string {
  return join(instance.folder, 'logs', `${server.name}.log`);
}

function recordPath(server: Server, instance: Instance): string {
  return join(instance.folder, `${server.name}.json`);
}
