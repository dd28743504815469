import { isRunning, type ProcessRecord } from './process-table.ts';
import { waitUntil } from './wait-until.ts';

export type TerminateOptions = { signal?: NodeJS.Signals; deadlineMs: number };

/** Sends the signal, waits, and kills what still runs after the deadline; resolves when the process is gone. */
export async function terminate(
  record: ProcessRecord,
  { signal = 'SIGTERM', deadlineMs }: TerminateOptions,
): Promise<void> {
  if (!send(record, signal)) return;
  if (await waitUntil(() => !isRunning(record), { deadlineMs })) return;
  send(record, 'SIGKILL');
  await waitUntil(() => !isRunning(record), { deadlineMs: 5_000 });
}

/** Sends a signal to the recorded process; false when it no longer runs. */
export function send(record: ProcessRecord, signal: NodeJS.Signals): boolean {
  if (!isRunning(record)) return false;
  try {
    process.kill(record.pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
