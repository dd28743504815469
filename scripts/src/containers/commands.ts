import { removeInstance } from '../commands/down.ts';
import { outboxArguments } from '../commands/outbox.ts';
import { table } from '../commands/status.ts';
import { findInstance } from '../instance/instance.ts';
import { withLock } from '../instance/lock.ts';
import { say, Trouble } from '../os/tell.ts';
import { waitUntil } from '../os/wait-until.ts';
import { readSettings } from '../settings/settings.ts';
import { owners, requireSystemProcess, systemProcesses } from '../system/processes.ts';
import { discardSystem } from '../system/stop-system.ts';
import { composeInTerminal } from './compose.ts';
import { containerStates, describeState, isServiceWell, isWell } from './container-states.ts';
import { removeImages, requireEngine } from './engine.ts';
import { hasContainerFolder, type Project, projectOf } from './project.ts';

const restartDeadlineMs = 120_000;

/** Ends and removes the containers and networks; the volumes stay, and with them all data. */
export async function downInContainers(): Promise<void> {
  const { instance, project } = opened();
  await withLock(instance, async () => endAs(composeInTerminal(project, ['down', '--remove-orphans'])));
  if (!process.exitCode) say(`${instance.name} is down; its data stays in volumes of ${project.name}`);
}

/** The same, and removes the volumes, images, ports and passwords, and what a native start has left. */
export async function cleanInContainers(): Promise<void> {
  const { instance, project } = opened();
  await withLock(instance, async () => {
    endAs(discardContainers(project));
    await discardSystem(instance);
  });
  if (process.exitCode) return;
  removeInstance(instance);
  say(`${instance.name} is gone with its data`);
}

/** Removes the containers with their networks, volumes and images; the exit code of docker compose. */
export function discardContainers(project: Project): number {
  const code = composeInTerminal(project, ['--profile', 'tools', 'down', '--remove-orphans', '--volumes']);
  removeImages(project);
  return code;
}

/** One line per container; the exit code is 1 unless all of them are well. */
export async function statusInContainers(): Promise<void> {
  const { project } = opened();
  const states = containerStates(project);
  const rows = states.map((container) => [
    container.service,
    describeState(container),
    container.name,
    container.ports,
    container.status,
  ]);
  console.log(table([['', 'state', 'container', 'ports', 'since'], ...rows]));
  const expected = [...systemProcesses.map(({ name }) => name), 'postgres', 'redis', 'rabbitmq'];
  const missing = expected.filter((name) => !states.some(({ service }) => service === name));
  if (missing.length > 0) console.log(`down: ${missing.join(', ')}`);
  if (missing.length > 0 || !states.every(isWell)) process.exitCode = 1;
}

/** Follows the logs of all containers, or of the service that S names. */
export async function logsInContainers(): Promise<void> {
  const { project } = opened();
  const one = process.env.S ? [requireSystemProcess(process.env.S).name] : [];
  endAs(composeInTerminal(project, ['logs', '--follow', '--tail', one.length > 0 ? '50' : '5', ...one]));
}

/** Restarts the service that S names, or all processes one after the other, and waits for each. */
export async function restartInContainers(): Promise<void> {
  const { instance, project } = opened();
  const chosen = process.env.S ? [requireSystemProcess(process.env.S)] : systemProcesses;
  await withLock(instance, async () => {
    for (const { name } of chosen) {
      if (composeInTerminal(project, ['restart', name]) !== 0) {
        throw new Trouble(`${name} cannot be restarted`, 'make up starts it, make status shows what runs');
      }
      const isBack = () => isServiceWell(containerStates(project), name);
      if (!(await waitUntil(isBack, { deadlineMs: restartDeadlineMs, everyMs: 500 }))) {
        throw new Trouble(`${name} is not ready after ${restartDeadlineMs / 1000} s`, `make logs S=${name}`);
      }
      say(`${name} has restarted and is ready`);
    }
  });
}

/** Opens psql within PostgreSQL's container: on DB as ROLE; SQL runs and ends. */
export async function psqlInContainers(): Promise<void> {
  const { project } = opened();
  const database = process.env.DB ?? 'orders_db';
  const owner = owners.find((each) => each.database.name === database);
  const role = process.env.ROLE ?? owner?.database.role ?? 'postgres';
  const terminal = process.stdin.isTTY && process.stdout.isTTY ? [] : ['--no-TTY'];
  const sql = process.env.SQL ? ['-c', process.env.SQL] : [];
  endAs(composeInTerminal(project, ['exec', ...terminal, 'postgres', 'psql', '-U', role, '-d', database, ...sql]));
}

/** Runs the operator's command of the relay within its container, which has what it needs to reach the databases. */
export async function outboxInContainers(): Promise<void> {
  const { project } = opened();
  const command = ['node', 'src/outbox.ts', ...outboxArguments(process.env)];
  endAs(composeInTerminal(project, ['exec', '--no-TTY', 'outbox-relay', ...command]));
}

/** Audits the instance's databases from a container of its own; the exit code is the audit's. */
export async function auditInContainers(): Promise<void> {
  endAs(composeInTerminal(opened().project, ['run', '--rm', '--no-deps', '--no-TTY', 'audit']));
}

/** Brings all databases to their newest tables, with what the images hold. */
export async function migrateInContainers(): Promise<void> {
  const { instance, project } = opened();
  await withLock(instance, async () => {
    endAs(composeInTerminal(project, ['run', '--rm', '--build', 'migrations']));
  });
}

function opened() {
  const settings = readSettings();
  const instance = findInstance(settings.name);
  if (!hasContainerFolder(instance)) throw new Trouble(`${instance.name} was never started in containers`, 'make up');
  requireEngine();
  return { instance, project: projectOf(instance, settings) };
}

function endAs(code: number): void {
  process.exitCode = code;
}
