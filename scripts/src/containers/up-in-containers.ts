import { setTimeout as delay } from 'node:timers/promises';
import { printAddresses } from '../commands/print-addresses.ts';
import { type Instance, openInstance } from '../instance/instance.ts';
import { withLock } from '../instance/lock.ts';
import { rememberMode } from '../instance/mode.ts';
import { openPorts, rememberedPorts } from '../instance/open-ports.ts';
import type { PortName } from '../instance/ports.ts';
import { openSecrets } from '../instance/secrets.ts';
import { say, Trouble } from '../os/tell.ts';
import { waitUntil } from '../os/wait-until.ts';
import { readSettings, type Settings } from '../settings/settings.ts';
import { runningSupervisor } from '../supervisor/supervisor-control.ts';
import { systemProcesses } from '../system/processes.ts';
import { composeInBackground, composeOutput } from './compose.ts';
import { type ContainerState, containerStates, isWell } from './container-states.ts';
import { requireBaseImages, requireEngine } from './engine.ts';
import { type Project, projectOf } from './project.ts';
import { writeProjectFiles } from './project-files.ts';
import { readScale } from './scale.ts';

const healthyDeadlineMs = 300_000;
const lookEveryMs = 1_000;

/** Builds the images and brings the whole system up in containers; harmless when it is up already. */
export async function upInContainers(): Promise<void> {
  const settings = readSettings();
  requireEngine();
  const instance = openInstance(settings.name);
  await withLock(instance, async () => {
    if (runningSupervisor(instance)) throw new Trouble(`${instance.name} runs natively`, 'make down MODE=native first');
    const project = await startContainers(instance, settings, { shift: 0, scale: process.env.SCALE ?? '' });
    printAddresses(instance, addressesContext(instance, settings));
    console.log(`  containers: COMPOSE_PROJECT_NAME=${project.name} docker compose ps\n`);
  });
}

/** What an instance is started with: see `choosePorts` and `readScale`; an aborted start leaves what it has made. */
export type StartOptions = { shift: number; scale: string; signal?: AbortSignal };

/** Builds the images, starts as many containers as `scale` says and waits until all are well; holds no lock itself. */
export async function startContainers(
  instance: Instance,
  settings: Settings,
  { shift, scale, signal }: StartOptions,
): Promise<Project> {
  const scales = readScale(scale);
  await requireBaseImages();
  writeProjectFiles(instance, settings);
  await chooseHostPorts(instance, settings, shift);
  const project = projectOf(instance, settings);
  await build(instance, project, signal);
  // Not before: an instance whose first build failed is still free to be started natively.
  rememberMode(instance, 'docker');
  await start(instance, project, { scales, signal });
  return project;
}

/** The ports of this machine that lead into containers; PostgreSQL, Redis and AMQP are reached from within alone. */
const published: readonly PortName[] = [
  ...systemProcesses.map(({ port }) => port),
  'AMQP_MANAGEMENT_PORT',
  'MAIL_PORT',
];

async function chooseHostPorts(instance: Instance, settings: Settings, shift: number): Promise<void> {
  const before = rememberedPorts(instance);
  const runs = composeOutput(projectOf(instance, settings), ['ps', '--quiet']).trim() !== '';
  await openPorts(instance, {
    shift,
    demanded: settings.ports,
    isOurs: (name, port) => !published.includes(name) || (runs && before?.[name] === port),
  });
}

async function build(instance: Instance, project: Project, signal: AbortSignal | undefined): Promise<void> {
  const since = performance.now();
  say('building the images (log: logs/containers.log)');
  await composeInBackground(instance, project, { args: ['--profile', 'tools', 'build'], signal });
  say(`images are built (${((performance.now() - since) / 1000).toFixed(1)} s)`);
}

/** Compose starts each container when those that it needs are healthy; what is well is told as it becomes so. */
async function start(
  instance: Instance,
  project: Project,
  { scales, signal }: { scales: string[]; signal: AbortSignal | undefined },
): Promise<void> {
  let ended = false;
  const args = ['up', '--detach', '--remove-orphans', ...scales];
  const starting = composeInBackground(instance, project, { args, signal }).finally(() => {
    ended = true;
  });
  const told = new Set<string>();
  const tellOfNewOnes = (): ContainerState[] => {
    const states = containerStates(project);
    for (const container of states.filter(isWell)) {
      if (!told.has(container.name)) say(`${container.service} is ${container.state === 'exited' ? 'done' : 'ready'}`);
      told.add(container.name);
    }
    return states;
  };
  const following = (async () => {
    for (; !ended; await delay(lookEveryMs)) tellOfNewOnes();
  })();
  await Promise.all([starting, following]).catch((error: unknown) => {
    throw explain(error, project);
  });
  const allWell = () => tellOfNewOnes().every(isWell);
  if (await waitUntil(allWell, { deadlineMs: healthyDeadlineMs, everyMs: lookEveryMs })) return;
  throw explain(new Trouble('not all containers are healthy', 'make status, make logs'), project);
}

/** The error of a start with the last words of a container that keeps the others waiting. */
function explain(error: unknown, project: Project): unknown {
  if (!(error instanceof Trouble)) return error;
  const [faulty] = containerStates(project).filter((container) => !isWell(container) && container.state !== 'created');
  if (faulty === undefined) return error;
  const words = composeOutput(project, ['logs', '--no-log-prefix', '--tail', '12', faulty.service]).trimEnd();
  return new Trouble(
    `${error.message}\n\n${faulty.service} is ${faulty.status}; its last lines:\n${words}`,
    error.advice,
  );
}

function addressesContext(instance: Instance, settings: Settings) {
  const ports = rememberedPorts(instance);
  if (ports === undefined) throw new Error('unreachable: the ports were just chosen');
  return { ports, secrets: openSecrets(instance), settings };
}
