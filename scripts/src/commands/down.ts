import { existsSync, lstatSync, readdirSync, realpathSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findInstance, type Instance, projectFolder } from '../instance/instance.ts';
import { withLock } from '../instance/lock.ts';
import { say } from '../os/tell.ts';
import { readSettings } from '../settings/settings.ts';
import { discardSystem, stopSystem } from '../system/stop-system.ts';

/** Ends everything that the instance has started. */
export async function down(): Promise<void> {
  const instance = findInstance(readSettings().name);
  if (!existsSync(instance.folder)) return say(`${instance.name} was never started`);
  await withLock(instance, () => stopSystem(instance));
  say(`${instance.name} is down; its data stays in ${shown(instance)}`);
}

/** Ends everything that the instance has started and removes its data, ports, passwords and logs. */
export async function clean(): Promise<void> {
  const instance = findInstance(readSettings().name);
  if (!existsSync(instance.folder)) return say(`${instance.name} has no data`);
  await withLock(instance, () => discardSystem(instance));
  removeInstance(instance);
  // Shared with other instances, which fill it again.
  rmSync(join(projectFolder, '.run', '.compile-cache'), { recursive: true, force: true });
  say(`${instance.name} is gone with its data`);
}

/** Removes the folder of an instance that is down, wherever it lies. */
export function removeInstance({ name, folder }: Instance): void {
  const link = join(projectFolder, '.run', name);
  rmSync(folder, { recursive: true, force: true });
  if (lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink()) {
    rmSync(link);
    const parent = dirname(folder);
    if (readdirSync(parent).length === 0) rmdirSync(parent);
  }
}

function shown({ name, folder }: Instance): string {
  return folder === join(realpathSync(projectFolder), '.run', name) ? `.run/${name}` : folder;
}
