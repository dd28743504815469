import { type ChildProcess, type ForkOptions, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** A process that does what something is held against. */
export interface ReferenceProcess {
  readonly pid: number;
  send(message: object): void;
  /** Sends a message and resolves with the next one that comes back. */
  ask(message: object): Promise<unknown>;
  stop(): Promise<void>;
}

const folder = join(import.meta.dirname, '..');

/** Starts a script of this folder and waits until it says `ready`. */
export function startProcess(script: string, environment: Environment): Promise<ReferenceProcess> {
  return whenReady(script, fork(join(folder, script), optionsFor(environment)));
}

/**
 * The same, at the head of a process group that can be halted with all that it starts. What is halted does not notice that this process
 * has ended, so the kernel ends it (setpriv of util-linux).
 */
export function startGroup(script: string, environment: Environment): Promise<ReferenceProcess> {
  const child = fork(join(folder, script), {
    ...optionsFor(environment),
    detached: true,
    execPath: 'setpriv',
    execArgv: ['--pdeathsig', 'KILL', process.execPath],
  });
  return whenReady(script, child);
}

type Environment = Readonly<Record<string, string>>;

function optionsFor(environment: Environment): ForkOptions {
  return { env: { PATH: process.env.PATH ?? '', ...environment }, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] };
}

async function whenReady(script: string, child: ChildProcess): Promise<ReferenceProcess> {
  endWithUs(child);
  const exited = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`${script} ended with ${code ?? signal}`);
  });
  exited.catch(() => undefined);
  const nextMessage = async () => (await Promise.race([once(child, 'message'), exited]))[0] as unknown;
  await nextMessage();
  return {
    pid: pidOf(child),
    send: (message) => void child.send(message),
    ask: (message) => {
      child.send(message);
      return nextMessage();
    },
    stop: () => end(child),
  };
}

/** A bench that fails must not leave anything at work. */
export function endWithUs(child: ChildProcess): void {
  process.once('exit', () => child.kill('SIGKILL'));
}

export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 15_000);
  await once(child, 'exit');
  clearTimeout(timer);
}

export function pidOf({ pid }: ChildProcess): number {
  if (pid === undefined) throw new Error('the process did not start');
  return pid;
}
