import { openInstance } from '../instance/instance.ts';
import { withLock } from '../instance/lock.ts';
import { readSettings } from '../settings/settings.ts';
import { prepareDatabases, startServers } from '../system/start-system.ts';

/** Brings up the servers and brings all databases to their newest tables; the processes are left as they are. */
export async function migrate(): Promise<void> {
  const settings = readSettings();
  const instance = openInstance(settings.name);
  await withLock(instance, async () => {
    await startServers(instance, settings, {
      shift: 0,
      volatile: false,
      prepare: (context) => prepareDatabases(instance, context),
    });
  });
}
