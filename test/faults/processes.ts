import { readFileSync } from 'node:fs';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { setting } from '../e2e/shop.ts';

interface ProcessState {
  readonly name: string;
  readonly state: string;
  readonly restarts: number;
  readonly process?: { readonly pid: number };
}

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
  const pid = processState(name).process?.pid;
  if (pid === undefined) throw new Error(`${name} does not run`);
  process.kill(pid, 'SIGKILL');
}

/** Waits until a killed process runs again. */
export async function untilRestarted(name: string, restartsBefore: number): Promise<void> {
  await waitFor(
    `${name} runs again`,
    () => {
      const { restarts, state } = processState(name);
      return restarts > restartsBefore && state === 'running';
    },
    30_000,
  );
}
