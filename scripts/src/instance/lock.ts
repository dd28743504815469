import { linkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning, type ProcessRecord, recordOf } from '../os/process-table.ts';
import { Trouble } from '../os/tell.ts';
import type { Instance } from './instance.ts';
import { readJson } from './json-file.ts';

/** Does the work while no other command changes the same instance; refuses at once when one does. */
export async function withLock<T>(instance: Instance, work: () => Promise<T>): Promise<T> {
  const path = join(instance.folder, 'command.lock');
  take(path, instance.name);
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

function take(path: string, name: string): void {
  const holder = readJson<ProcessRecord>(path);
  if (isRunning(holder)) {
    throw new Trouble(`another command works on ${name} (process ${holder.pid})`, 'wait until it has ended');
  }
  // A holder that was killed left its lock behind.
  rmSync(path, { force: true });
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(recordOf(process.pid)), { mode: 0o600 });
  try {
    // Linking fails when the other of two that start at once was first; a reader never sees half a lock.
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new Trouble(`another command works on ${name}`, 'wait until it has ended');
  } finally {
    rmSync(draft);
  }
}
