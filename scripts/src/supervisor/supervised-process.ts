import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { isRunning, recordOf } from '../os/process-table.ts';
import { restartDelayMs, steadyAfterMs } from './backoff.ts';
import type { ProcessSpec, ProcessState } from './supervisor-files.ts';

export type Surroundings = {
  folder: string;
  logFile: string;
  env: NodeJS.ProcessEnv;
  stopDeadlineMs: number;
  onChange: () => void;
};

/**
 * Keeps one process running: an end of any kind is followed by a start, after a pause that grows.
 *
 *     running ── ends ──▶ waiting ── pause over ──▶ running
 *        └── stop() ──▶ stopping ── ends, or is killed at the deadline ──▶ gone
 *
 * The process writes to its log file itself: it goes on undisturbed when the supervisor is killed.
 */
export class SupervisedProcess {
  readonly spec: ProcessSpec;
  readonly #surroundings: Surroundings;
  readonly #state: ProcessState;
  #child: ChildProcess | undefined;
  #restart: NodeJS.Timeout | undefined;
  #endsInARow = 0;
  #startedAtMs = 0;

  constructor(spec: ProcessSpec, surroundings: Surroundings) {
    this.spec = spec;
    this.#surroundings = surroundings;
    this.#state = { name: spec.name, state: 'waiting', restarts: -1 };
  }

  get state(): ProcessState {
    return { ...this.#state };
  }

  start(): void {
    const { folder, logFile, env } = this.#surroundings;
    const log = openSync(logFile, 'a', 0o640);
    const child = spawn(process.execPath, this.spec.args, {
      cwd: folder,
      env: { ...env, ...this.spec.env },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.#child = child;
    this.#startedAtMs = performance.now();
    this.#state.state = 'running';
    this.#state.restarts += 1;
    this.#state.startedAt = new Date().toISOString();
    const record = child.pid === undefined ? undefined : recordOf(child.pid);
    if (record) this.#state.process = record;
    child.once('error', (error) => this.#ended(error.message));
    child.once('exit', (code, signal) => this.#ended(signal ?? `exit code ${code}`));
    this.#surroundings.onChange();
  }

  /** Resolves when the process is gone: SIGTERM, and SIGKILL after the deadline. */
  async stop(): Promise<void> {
    clearTimeout(this.#restart);
    const child = this.#child;
    this.#state.state = 'stopping';
    this.#surroundings.onChange();
    if (child === undefined || !isRunning(this.#state.process)) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    const killer = setTimeout(() => child.kill('SIGKILL'), this.#surroundings.stopDeadlineMs);
    await ended;
    clearTimeout(killer);
  }

  #ended(how: string): void {
    if (this.#child === undefined) return;
    this.#child = undefined;
    delete this.#state.process;
    this.#state.lastEnd = how;
    if (this.#state.state !== 'stopping') {
      const wasSteady = performance.now() - this.#startedAtMs > steadyAfterMs;
      this.#endsInARow = wasSteady ? 1 : this.#endsInARow + 1;
      this.#state.state = 'waiting';
      this.#restart = setTimeout(() => this.start(), restartDelayMs(this.#endsInARow));
    }
    this.#surroundings.onChange();
  }
}
