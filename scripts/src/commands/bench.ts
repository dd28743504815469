import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { type Instance, projectFolder } from '../instance/instance.ts';
import { say, Trouble } from '../os/tell.ts';
import { allServers } from '../servers/all-servers.ts';
import { runningServer } from '../servers/server-control.ts';
import { runningSupervisor } from '../supervisor/supervisor-control.ts';
import type { SystemContext } from '../system/process-environment.ts';
import { runMigrationStep } from '../system/run-migrations.ts';
import { completeProcesses, launchProcesses, prepareDatabases, startServers } from '../system/start-system.ts';
import { onOwnInstance } from '../test-run/on-own-instance.ts';
import { runProgram } from '../test-run/run-program.ts';
import { serverEnvironment, systemEnvironment, testSettings } from '../test-run/test-environment.ts';

/** What each bench needs beside the servers; those that need all processes come last, since they stay from then on. */
const benches = {
  relay: 'servers',
  backlog: 'servers',
  latency: 'servers',
  consumer: 'servers',
  orders: 'system',
  catalogue: 'system',
} as const;

type BenchName = keyof typeof benches;

const portShift = 17_000;
const references = join(projectFolder, 'bench', 'references');

/**
 * Measures on an instance of its own whose servers keep what is committed, and ends it. ONLY=relay,orders chooses benches, QUICK=1
 * makes them short. Prints one table; all values stand in bench/results.
 */
export async function bench(): Promise<void> {
  const chosen = chooseBenches(process.env.ONLY);
  installReferences();
  const path = await onOwnInstance('bench', async (instance) => {
    const written = writeResults(await runBenches(instance, chosen));
    await runProgram(instance, { script: 'bench/src/print-report.ts', args: [written] });
    return written;
  });
  console.log(`\nAll values: ${path.slice(projectFolder.length + 1)}`);
}

export function chooseBenches(only: string | undefined): BenchName[] {
  const all = Object.keys(benches) as BenchName[];
  if (only === undefined || only === '') return all;
  const wanted = only.split(',');
  const unknown = wanted.filter((name) => !all.includes(name as BenchName));
  if (unknown.length > 0)
    throw new Trouble(`there is no bench ${unknown.join(', ')}`, `ONLY is some of ${all.join(',')}`);
  return all.filter((name) => wanted.includes(name));
}

/** What the product is held against needs packages that the product does not; they stay in a folder of their own. */
function installReferences(): void {
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline'], {
    cwd: references,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0)
    throw new Trouble('the references of the benches could not be installed', `npm ci in ${references}`);
}

async function runBenches(instance: Instance, chosen: readonly BenchName[]): Promise<Record<string, unknown>> {
  say('starting servers for the benches, durability on');
  const context = await startServers(instance, testSettings(instance.name), {
    shift: portShift,
    volatile: false,
    prepare: (given) => runMigrationStep('templates', instance, given),
  });
  const results: Record<string, unknown> = {};
  for (const name of chosen) {
    if (benches[name] === 'system' && !runningSupervisor(instance)) await startSystem(instance, context);
    const path = join(instance.folder, `bench-${name}.json`);
    const env = {
      ...serverEnvironment(context),
      ...systemEnvironment(instance, context, { volatile: false }),
      BENCH_ROOTS: JSON.stringify(rootProcesses(instance)),
      BENCH_RESULT: path,
    };
    await runProgram(instance, { script: 'bench/src/main.ts', args: [name], env });
    results[name] = JSON.parse(readFileSync(path, 'utf8'));
  }
  return results;
}

async function startSystem(instance: Instance, context: SystemContext): Promise<void> {
  await prepareDatabases(instance, context);
  await launchProcesses(instance, context);
  await completeProcesses(instance, context);
}

/** The processes whose CPU is counted, by name. */
function rootProcesses(instance: Instance): Record<string, number | undefined> {
  const servers = allServers
    .filter(({ name }) => name !== 'epmd')
    .map((server) => [server.name, runningServer(server, instance)?.process.pid] as const);
  const processes = runningSupervisor(instance)?.processes ?? [];
  return Object.fromEntries([...servers, ...processes.map(({ name, process }) => [name, process?.pid] as const)]);
}

function writeResults(results: Record<string, unknown>): string {
  const folder = join(projectFolder, 'bench', 'results');
  mkdirSync(folder, { recursive: true });
  const at = new Date().toISOString();
  const path = join(folder, `${at.replaceAll(':', '-').slice(0, 19)}.json`);
  const machine = { cores: availableParallelism(), load: loadavg(), node: process.version };
  writeFileSync(
    path,
    `${JSON.stringify({ at, quick: process.env.QUICK === '1', machine, benches: results }, null, 2)}\n`,
  );
  return path;
}
