import type { Instance } from '../instance/instance.ts';
import type { Ports } from '../instance/ports.ts';
import { Trouble } from '../os/tell.ts';
import { waitUntil } from '../os/wait-until.ts';
import { runningSupervisor } from '../supervisor/supervisor-control.ts';
import { processLog } from '../supervisor/supervisor-files.ts';
import { lastLines } from './last-lines.ts';
import { baseUrl } from './process-environment.ts';
import type { SystemProcess } from './processes.ts';

const endsAtStartTolerated = 3;

export type ReadinessOptions = { deadlineMs: number; onReady: (process: SystemProcess) => void };

/** Resolves when every process says that it is ready; rejects with the last lines of the log of one that cannot start. */
export async function waitForReadiness(
  instance: Instance,
  ports: Ports,
  processes: SystemProcess[],
  { deadlineMs, onReady }: ReadinessOptions,
): Promise<void> {
  const waitFor = async (process: SystemProcess) => {
    const restartsBefore = countRestarts(instance, process);
    const isSettled = async () => {
      if (countRestarts(instance, process) - restartsBefore >= endsAtStartTolerated) {
        throw cannotStart(instance, process, 'ends again and again');
      }
      return isReady(ports[process.port]);
    };
    if (!(await waitUntil(isSettled, { deadlineMs, everyMs: 150 }))) {
      throw cannotStart(instance, process, `is not ready after ${deadlineMs / 1000} s`);
    }
    onReady(process);
  };
  await Promise.all(processes.map(waitFor));
}

/** True when what listens on the port answers /health/ready with success. */
export async function isReady(port: number): Promise<boolean> {
  try {
    const answer = await fetch(`${baseUrl(port)}/health/ready`, { signal: AbortSignal.timeout(2_000) });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}

function countRestarts(instance: Instance, { name }: SystemProcess): number {
  return runningSupervisor(instance)?.processes.find((process) => process.name === name)?.restarts ?? 0;
}

function cannotStart(instance: Instance, { name }: SystemProcess, how: string): Trouble {
  const log = processLog(instance, name);
  return new Trouble(
    `${name} ${how}; the last lines of its log:\n${lastLines(log, 12)}`,
    `see ${log}, then \`make up\` again`,
  );
}
