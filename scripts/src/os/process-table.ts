import { readdirSync, readFileSync } from 'node:fs';

/** Names one running process for good: a pid alone may have been given to somebody else since. */
export type ProcessRecord = { pid: number; startTicks: number };

/** The record of a running process, or undefined when there is none (a zombie counts as none). */
export function recordOf(pid: number): ProcessRecord | undefined {
  const stat = readStat(pid);
  return stat === undefined || isOver(stat.state) ? undefined : { pid, startTicks: stat.startTicks };
}

/** True for a process that has ended and was not yet taken notice of by its parent. */
export function isZombie(pid: number): boolean {
  const stat = readStat(pid);
  return stat !== undefined && isOver(stat.state);
}

/** True as long as the very process that was recorded runs. */
export function isRunning(record: ProcessRecord | undefined): record is ProcessRecord {
  return record !== undefined && recordOf(record.pid)?.startTicks === record.startTicks;
}

/** All processes that were started with `variable=value` in their environment, children included. */
export function findByEnvironment(variable: string, value: string): ProcessRecord[] {
  const wanted = `${variable}=${value}`;
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => pid !== process.pid && readProcFile(pid, 'environ')?.split('\0').includes(wanted) === true)
    .map(recordOf)
    .filter((record) => record !== undefined);
}

function readStat(pid: number): { state: string; startTicks: number } | undefined {
  const stat = readProcFile(pid, 'stat');
  if (stat === undefined) return undefined;
  // The second field is the program's name in parentheses and may hold blanks and parentheses itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', startTicks: Number(fields[19]) };
}

function isOver(state: string): boolean {
  return state === 'Z' || state === 'X';
}

function readProcFile(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    // The process has ended, or belongs to somebody else.
    return undefined;
  }
}
