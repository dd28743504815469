import { refuseWhileInContainers } from '../containers/running-in-containers.ts';
import { openInstance } from '../instance/instance.ts';
import { withLock } from '../instance/lock.ts';
import { rememberMode } from '../instance/mode.ts';
import { readSettings } from '../settings/settings.ts';
import type { SystemContext } from '../system/process-environment.ts';
import { completeProcesses, launchProcesses, prepareDatabasesOnce, startServers } from '../system/start-system.ts';
import { printAddresses } from './print-addresses.ts';

/** Brings the whole system up and prints where it is; harmless when it is up already. */
export async function up(): Promise<void> {
  const settings = readSettings();
  const instance = openInstance(settings.name);
  await withLock(instance, async () => {
    refuseWhileInContainers(instance, settings);
    rememberMode(instance, 'native');
    const prepare = async (context: SystemContext) => {
      await prepareDatabasesOnce(instance, context);
      await launchProcesses(instance, context);
    };
    const context = await startServers(instance, settings, { shift: 0, volatile: false, prepare });
    await completeProcesses(instance, context);
    printAddresses(instance, context);
  });
}
