import { existsSync } from 'node:fs';
import { openInstance } from '../instance/instance.ts';
import { withLock } from '../instance/lock.ts';
import { say } from '../os/tell.ts';
import { readSettings, type Settings } from '../settings/settings.ts';
import type { SystemContext } from '../system/process-environment.ts';
import { completeProcesses, launchProcesses, prepareDatabasesOnce, startServers } from '../system/start-system.ts';
import { printAddresses } from './print-addresses.ts';

/** Brings the whole system up and prints where it is; harmless when it is up already. */
export async function up(): Promise<void> {
  const settings = readSettings();
  const instance = openInstance(settings.name);
  sayHowItRuns(settings);
  await withLock(instance, async () => {
    const prepare = async (context: SystemContext) => {
      await prepareDatabasesOnce(instance, context);
      await launchProcesses(instance, context);
    };
    const context = await startServers(instance, settings, { shift: 0, volatile: false, prepare });
    await completeProcesses(instance, context);
    printAddresses(instance, context);
  });
}

function sayHowItRuns({ mode }: Settings): void {
  const dockerClient = ['/usr/bin/docker', '/usr/local/bin/docker'].some((path) => existsSync(path));
  if (mode === 'docker') say('MODE=docker comes later: everything runs natively on this machine');
  else if (dockerClient && process.env.MODE === undefined)
    say('docker is not used: everything runs natively on this machine');
}
