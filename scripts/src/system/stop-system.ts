import { type Instance, instanceVariable } from '../instance/instance.ts';
import { findByEnvironment } from '../os/process-table.ts';
import { terminate } from '../os/terminate.ts';
import { discardServers, stopServers } from '../servers/all-servers.ts';
import { stopSupervised } from '../supervisor/supervisor-control.ts';

/** Ends the processes, then the servers, then whatever else this instance has started: nothing is left. */
export async function stopSystem(instance: Instance): Promise<void> {
  await stopSupervised(instance);
  await stopServers(instance);
  await endStrays(instance);
}

/** The same in a hurry, for an instance whose data is thrown away. */
export async function discardSystem(instance: Instance): Promise<void> {
  await stopSupervised(instance);
  await discardServers(instance);
  await endStrays(instance);
}

async function endStrays(instance: Instance): Promise<void> {
  const left = findByEnvironment(instanceVariable, instance.folder);
  await Promise.all(left.map((record) => terminate(record, { deadlineMs: 5_000 })));
}
