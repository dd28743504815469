import { join } from 'node:path';
import { type Instance, instanceVariable, projectFolder } from '../instance/instance.ts';
import { findByEnvironment, isRunning } from '../os/process-table.ts';
import { spawnDetached } from '../os/spawn-detached.ts';
import { Trouble } from '../os/tell.ts';
import { send, terminate } from '../os/terminate.ts';
import { waitUntil } from '../os/wait-until.ts';
import {
  type ProcessSpec,
  processLog,
  type Reported,
  readReported,
  readWanted,
  writeWanted,
} from './supervisor-files.ts';

/** Set for the supervisor and what it starts, not for the servers. */
const supervisedVariable = 'SAGACITY_SUPERVISED';

/** Makes these processes the ones that run, under a supervisor; resolves when they have been started. */
export async function supervise(instance: Instance, processes: ProcessSpec[]): Promise<void> {
  const wanted = { revision: readWanted(instance).revision + 1, processes };
  writeWanted(instance, wanted);
  const running = runningSupervisor(instance);
  if (running) {
    send(running.supervisor, 'SIGHUP');
  } else {
    await startSupervisor(instance);
  }
  const isDone = () => runningSupervisor(instance)?.revision === wanted.revision;
  if (await waitUntil(isDone, { deadlineMs: 60_000 })) return;
  throw new Trouble('the supervisor does not start the processes', `see ${processLog(instance, 'supervisor')}`);
}

/** What the supervisor reports, as long as it runs. */
export function runningSupervisor(instance: Instance): Reported | undefined {
  const reported = readReported(instance);
  return isRunning(reported?.supervisor) ? reported : undefined;
}

/** Ends the supervisor and all it has started; what a killed supervisor left behind is found and ended too. */
export async function stopSupervised(instance: Instance): Promise<void> {
  const running = runningSupervisor(instance);
  if (running) await terminate(running.supervisor, { deadlineMs: 25_000 });
  await endOrphans(instance);
}

/** Ends what a killed supervisor left running, so that its ports are free; does nothing while one runs. */
export async function endOrphans(instance: Instance): Promise<void> {
  if (runningSupervisor(instance)) return;
  const orphans = findByEnvironment(supervisedVariable, instance.folder);
  await Promise.all(orphans.map((record) => terminate(record, { deadlineMs: 10_000 })));
}

async function startSupervisor(instance: Instance): Promise<void> {
  await endOrphans(instance);
  await spawnDetached({
    file: process.execPath,
    args: [join(projectFolder, 'scripts/src/supervisor/main.ts'), instance.name],
    folder: projectFolder,
    logFile: processLog(instance, 'supervisor'),
    env: { ...process.env, [instanceVariable]: instance.folder, [supervisedVariable]: instance.folder },
  });
}
