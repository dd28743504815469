import type { Instance } from '../instance/instance.ts';
import { openPorts } from '../instance/open-ports.ts';
import type { PortName } from '../instance/ports.ts';
import { openSecrets } from '../instance/secrets.ts';
import { say } from '../os/tell.ts';
import { ensureServers, holdsPort, type OnServerReady } from '../servers/all-servers.ts';
import type { Settings } from '../settings/settings.ts';
import { endOrphans, runningSupervisor, supervise } from '../supervisor/supervisor-control.ts';
import { readWanted } from '../supervisor/supervisor-files.ts';
import { isPrepared, preparedMark, rememberPrepared } from './prepared-mark.ts';
import { describeProcesses, migrationEnvironment, type SystemContext } from './process-environment.ts';
import { outboxRelay, type SystemProcess, systemProcesses } from './processes.ts';
import { waitForReadiness } from './readiness.ts';
import { runMigrationStep } from './run-migrations.ts';

const readyDeadlineMs = 180_000;

export type StartOptions = {
  shift: number;
  volatile: boolean;
  /** What needs PostgreSQL alone; done while the broker starts. */
  prepare: (context: SystemContext) => Promise<void>;
};

/** Chooses the ports, brings up the servers and prepares the databases; what runs already stays as it is. */
export async function startServers(
  instance: Instance,
  settings: Settings,
  { shift, volatile, prepare }: StartOptions,
): Promise<SystemContext> {
  await endOrphans(instance);
  const secrets = openSecrets(instance);
  const ports = await openPorts(instance, {
    shift,
    demanded: settings.ports,
    isOurs: (name, port) => holdsPort(instance, name, port) || isHeldByProcess(instance, name, port),
  });
  const context = { ports, secrets, settings };
  const onReady: OnServerReady = (server, how, ms) => {
    if (server === 'epmd') return;
    say(how === 'started' ? `${server} is up (${(ms / 1000).toFixed(1)} s)` : `${server} is up already`);
  };
  await ensureServers({ instance, ports, secrets, volatile }, { onReady, withPostgres: () => prepare(context) });
  return context;
}

/** Makes databases, roles and tables, and fills in what is there at the beginning; harmless when repeated. */
export async function prepareDatabases(instance: Instance, context: SystemContext): Promise<void> {
  const since = performance.now();
  const mark = preparedMark(migrationEnvironment(context));
  for (const step of ['provision', 'migrate', 'seed'] as const) await runMigrationStep(step, instance, context);
  rememberPrepared(instance, mark);
  say(`databases are migrated and seeded (${((performance.now() - since) / 1000).toFixed(1)} s)`);
}

/** The same, left out when it was done before from the very same sources and settings. */
export async function prepareDatabasesOnce(instance: Instance, context: SystemContext): Promise<void> {
  if (!isPrepared(instance, preparedMark(migrationEnvironment(context)))) return prepareDatabases(instance, context);
  say('databases are migrated and seeded already');
}

/**
 * Starts all processes but the relay, without waiting for them: they bear that the broker is not there yet, and
 * starting them takes as long as it does. A relay that runs already goes on.
 */
export async function launchProcesses(instance: Instance, context: SystemContext): Promise<void> {
  const relayRuns = runningSupervisor(instance)?.processes.some(({ name }) => name === outboxRelay.name) === true;
  await supervise(
    instance,
    describeProcesses(context).filter(({ name }) => name !== outboxRelay.name || relayRuns),
  );
}

/**
 * Waits until each process is ready, then starts the relay and waits for it too. It comes last: only then is every
 * exchange and queue declared, and nothing that it publishes can fail to find its queue.
 */
export async function completeProcesses(instance: Instance, context: SystemContext): Promise<void> {
  const onReady = ({ name, port }: SystemProcess) => say(`${name} is ready on port ${context.ports[port]}`);
  const others = systemProcesses.filter(({ name }) => name !== outboxRelay.name);
  await waitForReadiness(instance, context.ports, others, { deadlineMs: readyDeadlineMs, onReady });
  await supervise(instance, describeProcesses(context));
  await waitForReadiness(instance, context.ports, [outboxRelay], { deadlineMs: readyDeadlineMs, onReady });
}

/** Each process is told its own port alone, under the port's name. */
function isHeldByProcess(instance: Instance, name: PortName, port: number): boolean {
  const isSupervised = runningSupervisor(instance) !== undefined;
  return isSupervised && readWanted(instance).processes.some(({ env }) => env[name] === String(port));
}
