import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Instance, openInstance } from '../instance/instance.ts';
import { presetRolePasswords } from '../instance/secrets.ts';
import { discardSystem } from '../system/stop-system.ts';
import { testRolePassword } from './test-environment.ts';

/** Ends what an earlier run left and removes its data, so that each run starts from nothing. */
export async function emptyInstance(instance: Instance): Promise<void> {
  await discardSystem(instance);
  for (const name of ['postgres', 'redis', 'rabbitmq', 'epmd', 'logs', 'processes.json', 'supervisor.json']) {
    rmSync(join(instance.folder, name), { recursive: true, force: true });
  }
  openInstance(instance.name);
  presetRolePasswords(instance, testRolePassword);
}
