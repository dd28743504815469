import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { findInstance, instanceVariable, projectFolder } from '@sagacity/scripts/instance/instance';
import { supervise } from '@sagacity/scripts/supervisor/supervisor-control';
import { type ProcessSpec, processLog, readWanted } from '@sagacity/scripts/supervisor/supervisor-files';
import { requireSystemProcess } from '@sagacity/scripts/system/processes';
import { isReady } from '@sagacity/scripts/system/readiness';
import { setting } from '../e2e/shop.ts';

interface ProcessState {
  readonly name: string;
  readonly state: string;
  readonly restarts: number;
  readonly process?: { readonly pid: number };
}

/** A start takes a second, or minutes where many others want the same cores: only never is wrong. */
const readyDeadlineMs = 5 * 60_000;
const lookEveryMs = 50;

/** A process of the running system, as its supervisor tells. */
export function processState(name: string): ProcessState {
  const { processes } = JSON.parse(readFileSync(setting('E2E_SUPERVISOR_STATE'), 'utf8')) as {
    processes: readonly ProcessState[];
  };
  const found = processes.find((state) => state.name === name);
  if (!found) throw new Error(`the supervisor knows no ${name}`);
  return found;
}

/** Kills a process with SIGKILL, so that it can tidy up nothing; its supervisor starts it again. */
export function kill(name: string): void {
  signal(name, 'SIGKILL');
}

/** Holds a process still, as a machine does that has no time for it; `thaw` lets it go on. */
export function freeze(name: string): void {
  signal(name, 'SIGSTOP');
}

export function thaw(name: string): void {
  signal(name, 'SIGCONT');
}

/** Waits until a killed process runs again. */
export async function untilRestarted(name: string, restartsBefore: number): Promise<void> {
  await waitFor(
    `${name} runs again`,
    () => {
      const { restarts, state } = processState(name);
      return restarts > restartsBefore && state === 'running';
    },
    readyDeadlineMs,
  );
}

/** Waits until a process says that it is ready. */
export async function untilReady(name: string): Promise<void> {
  await waitForPort(name, portOf(name, specOf(name)));
}

/** Ends a process with SIGKILL and keeps it from being started; returns what brings it back. */
export async function takeAway(name: string): Promise<() => Promise<void>> {
  const spec = specOf(name);
  kill(name);
  await changeProcesses((specs) => specs.filter((each) => each.name !== name));
  return async () => {
    await changeProcesses((specs) => [...specs, spec]);
    await untilReady(name);
  };
}

/** Starts processes anew with other settings, without waiting until they are ready. Returns what undoes it. */
export async function withSettings(
  settings: ReadonlyMap<string, Readonly<Record<string, string>>>,
): Promise<() => Promise<void>> {
  const before = readWanted(instance()).processes;
  await changeProcesses((specs) =>
    specs.map((spec) => ({ ...spec, env: { ...spec.env, ...(settings.get(spec.name) ?? {}) } })),
  );
  return async () => {
    await changeProcesses(() => [...before]);
    await Promise.all([...settings.keys()].map(untilReady));
  };
}

/** A second process of the same kind, which nobody starts again when it has ended. */
export interface Copy {
  readonly url: string;
  isRunning(): boolean;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** Ends it in its orderly way. */
  stop(): Promise<void>;
}

/** Starts a second process beside the supervised one, with some settings of its own, and waits until it is ready. */
export async function startCopy(name: string, settings: Readonly<Record<string, string>> = {}): Promise<Copy> {
  const { folder } = instance();
  const spec = specOf(name);
  const port = await freePort();
  const log = openSync(processLog(instance(), `${name}-copy`), 'a', 0o640);
  const child = spawn(process.execPath, spec.args, {
    cwd: projectFolder,
    // The instance's mark: whatever happens to this test, the instance finds its strays at its end.
    env: {
      ...process.env,
      ...spec.env,
      ...settings,
      [requireSystemProcess(name).port]: String(port),
      [instanceVariable]: folder,
    },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  await once(child, 'spawn');
  const ended = once(child, 'exit');
  const end = async (how: NodeJS.Signals) => {
    child.kill(how);
    await ended;
  };
  await waitForPort(`the second ${name}`, port, child);
  return {
    url: `http://127.0.0.1:${port}`,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  };
}

/** The environment that a process of the running system was given. */
export function environmentOf(name: string): Readonly<Record<string, string>> {
  return specOf(name).env;
}

async function waitForPort(name: string, port: number, child?: ChildProcess): Promise<void> {
  await waitFor(
    `${name} is ready`,
    () => {
      if (child && child.exitCode !== null) throw new Error(`it ended with exit code ${child.exitCode}`);
      return isReady(port);
    },
    readyDeadlineMs,
    lookEveryMs,
  );
}

function signal(name: string, which: NodeJS.Signals): void {
  const pid = processState(name).process?.pid;
  if (pid === undefined) throw new Error(`${name} does not run`);
  process.kill(pid, which);
}

function specOf(name: string): ProcessSpec {
  const found = readWanted(instance()).processes.find((spec) => spec.name === name);
  if (!found) throw new Error(`${name} does not belong to the system now`);
  return found;
}

function portOf(name: string, { env }: ProcessSpec): number {
  return Number(env[requireSystemProcess(name).port]);
}

async function changeProcesses(change: (specs: readonly ProcessSpec[]) => ProcessSpec[]): Promise<void> {
  await supervise(instance(), change(readWanted(instance()).processes));
}

function instance() {
  return findInstance(setting('E2E_INSTANCE'));
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}
