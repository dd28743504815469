import { findInstance, type Instance } from '../instance/instance.ts';
import { withLock } from '../instance/lock.ts';
import { rememberedPorts } from '../instance/open-ports.ts';
import { say, Trouble } from '../os/tell.ts';
import { terminate } from '../os/terminate.ts';
import { waitUntil } from '../os/wait-until.ts';
import { readSettings } from '../settings/settings.ts';
import { runningSupervisor } from '../supervisor/supervisor-control.ts';
import { requireSystemProcess, type SystemProcess, systemProcesses } from '../system/processes.ts';
import { waitForReadiness } from '../system/readiness.ts';

/** Ends the process named by S (all of them without S) in its orderly way and waits until its successor is ready. */
export async function restart(): Promise<void> {
  const instance = findInstance(readSettings().name);
  const chosen = process.env.S ? [requireSystemProcess(process.env.S)] : systemProcesses;
  await withLock(instance, async () => {
    for (const each of chosen) await restartOne(instance, each);
  });
}

async function restartOne(instance: Instance, system: SystemProcess): Promise<void> {
  const ports = rememberedPorts(instance);
  const before = stateOf(instance, system);
  if (ports === undefined || before?.process === undefined) {
    throw new Trouble(`${system.name} does not run`, 'make up starts it, make status shows what runs');
  }
  await terminate(before.process, { deadlineMs: 15_000 });
  await waitUntil(() => (stateOf(instance, system)?.restarts ?? 0) > before.restarts, { deadlineMs: 60_000 });
  await waitForReadiness(instance, ports, [system], {
    deadlineMs: 60_000,
    onReady: () => say(`${system.name} has restarted and is ready`),
  });
}

function stateOf(instance: Instance, { name }: SystemProcess) {
  return runningSupervisor(instance)?.processes.find((process) => process.name === name);
}
