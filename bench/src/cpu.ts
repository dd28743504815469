import { readdirSync, readFileSync } from 'node:fs';

/** Processes by role; what they have started counts as theirs. */
export type Roots = Readonly<Record<string, number>>;

/** CPU milliseconds by role. */
export type CpuTimes = Readonly<Record<string, number>>;

interface Usage {
  readonly pid: number;
  readonly parent: number;
  readonly ms: number;
}

/** The kernel counts in ticks of 10 ms on every Linux that is in use. */
const msPerTick = 10;

/** What each role has used so far: its process, its living descendants, and those that have ended and were waited for. */
export function readCpu(roots: Roots): CpuTimes {
  const usages = readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map((entry) => readUsage(Number(entry)))
    .filter((usage) => usage !== undefined);
  const children = Map.groupBy(usages, ({ parent }) => parent);
  const own = new Map(usages.map((usage) => [usage.pid, usage.ms]));
  const sum = (pid: number): number =>
    (own.get(pid) ?? 0) + (children.get(pid) ?? []).reduce((total, child) => total + sum(child.pid), 0);
  return Object.fromEntries(Object.entries(roots).map(([role, pid]) => [role, sum(pid)]));
}

/** What was used between two readings. */
export function cpuBetween(before: CpuTimes, after: CpuTimes): CpuTimes {
  return Object.fromEntries(Object.entries(after).map(([role, ms]) => [role, ms - (before[role] ?? 0)]));
}

function readUsage(pid: number): Usage | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    // It has ended since the folder was listed.
    return undefined;
  }
  // The second field is the program's name in parentheses and may hold blanks and parentheses itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = [11, 12, 13, 14].reduce((sum, n) => sum + Number(fields[n]), 0);
  return { pid, parent: Number(fields[1]), ms: ticks * msPerTick };
}
