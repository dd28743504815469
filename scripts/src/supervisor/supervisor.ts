import { type Instance, projectFolder } from '../instance/instance.ts';
import { recordOf } from '../os/process-table.ts';
import { rotateWhenLarge } from './log-rotation.ts';
import { SupervisedProcess } from './supervised-process.ts';
import { type ProcessSpec, processLog, readWanted, writeReported } from './supervisor-files.ts';

const rotateEveryMs = 10_000;

/**
 * Makes the running processes equal to the wanted ones of the instance, and keeps them so.
 *
 * reconcile() stops what is no longer wanted, restarts what is wanted differently, starts what is new. One runs
 * at a time; a call during one is done after it. stop() ends them all and is final.
 */
export class Supervisor {
  readonly #instance: Instance;
  readonly #stopDeadlineMs: number;
  readonly #processes = new Map<string, SupervisedProcess>();
  readonly #rotation: NodeJS.Timeout;
  #revision = 0;
  #work: Promise<void> = Promise.resolve();
  #isStopping = false;

  constructor(instance: Instance, { stopDeadlineMs = 15_000 }: { stopDeadlineMs?: number } = {}) {
    this.#instance = instance;
    this.#stopDeadlineMs = stopDeadlineMs;
    this.#rotation = setInterval(() => this.#rotateLogs(), rotateEveryMs);
  }

  /** Resolves when the processes are the wanted ones (started, not necessarily ready). */
  reconcile(): Promise<void> {
    return this.#after(async () => {
      if (this.#isStopping) return;
      const wanted = readWanted(this.#instance);
      await Promise.all(
        [...this.#processes.values()].filter((each) => !isWanted(each, wanted.processes)).map(this.#remove),
      );
      for (const spec of wanted.processes) if (!this.#processes.has(spec.name)) this.#add(spec);
      this.#revision = wanted.revision;
      this.#report();
    });
  }

  /** Resolves when no process is left. */
  stop(): Promise<void> {
    this.#isStopping = true;
    return this.#after(async () => {
      clearInterval(this.#rotation);
      await Promise.all([...this.#processes.values()].map(this.#remove));
      this.#report();
    });
  }

  #after(work: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(work);
    return this.#work;
  }

  #add(spec: ProcessSpec): void {
    const added = new SupervisedProcess(spec, {
      folder: projectFolder,
      logFile: processLog(this.#instance, spec.name),
      env: process.env,
      stopDeadlineMs: this.#stopDeadlineMs,
      onChange: () => this.#report(),
    });
    this.#processes.set(spec.name, added);
    added.start();
  }

  #remove = async (supervised: SupervisedProcess): Promise<void> => {
    await supervised.stop();
    this.#processes.delete(supervised.spec.name);
  };

  #report(): void {
    const supervisor = recordOf(process.pid) ?? { pid: process.pid, startTicks: -1 };
    const processes = [...this.#processes.values()].map((each) => each.state);
    writeReported(this.#instance, { supervisor, revision: this.#revision, processes });
  }

  #rotateLogs(): void {
    for (const name of this.#processes.keys()) rotateWhenLarge(processLog(this.#instance, name));
  }
}

function isWanted(supervised: SupervisedProcess, wanted: ProcessSpec[]): boolean {
  return wanted.some((spec) => JSON.stringify(spec) === JSON.stringify(supervised.spec));
}
