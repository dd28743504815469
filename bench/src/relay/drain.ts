import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { cpuBetween, type Roots, readCpu } from '../cpu.ts';
import type { Drainer } from './drainers.ts';
import type { OutboxWorld } from './outbox-world.ts';

export interface DrainResult {
  readonly eventsPerSecond: number;
  /** CPU microseconds for each event, of the drainer and the servers. */
  readonly cpuUs: number;
  /** Events per second in each tenth of the rows, by the messages in the queue. */
  readonly tenths: readonly number[];
}

export interface DrainOptions {
  readonly world: OutboxWorld;
  readonly drainer: Drainer;
  readonly rows: number;
  readonly servers: Roots;
  readonly fill: (rows: number) => Promise<void>;
  readonly isOver: () => Promise<boolean>;
}

const sampleEveryMs = 20;
const deadlineMs = 20 * 60_000;

/** Fills, then measures from the commit until everything is in the queue and gone from the outbox. Throws when fewer arrive. */
export async function measureDrain({
  world,
  drainer,
  rows,
  servers,
  fill,
  isOver,
}: DrainOptions): Promise<DrainResult> {
  await world.purge();
  const roots = { ...servers, drainer: drainer.pid };
  await fill(rows);
  const startedAt = performance.now();
  const before = readCpu(roots);
  await drainer.go(rows);
  const samples: { readonly ms: number; readonly arrived: number }[] = [{ ms: 0, arrived: 0 }];
  let nextSampleAt = 0;
  await waitFor(
    `${rows} rows are drained`,
    async () => {
      if (performance.now() >= nextSampleAt) {
        samples.push({ ms: performance.now() - startedAt, arrived: await world.arrived() });
        nextSampleAt = performance.now() + sampleEveryMs;
      }
      return (samples.at(-1)?.arrived ?? 0) >= rows && (await isOver());
    },
    deadlineMs,
  );
  const ms = performance.now() - startedAt;
  const cpu = Object.values(cpuBetween(before, readCpu(roots))).reduce((sum, used) => sum + used, 0);
  return { eventsPerSecond: (rows * 1_000) / ms, cpuUs: (cpu * 1_000) / rows, tenths: tenthsOf(samples, rows) };
}

/** The rates of ten equal parts, read off the line through the samples. */
export function tenthsOf(
  samples: readonly { readonly ms: number; readonly arrived: number }[],
  rows: number,
): number[] {
  const timeOf = (count: number): number => {
    const after = samples.findIndex(({ arrived }) => arrived >= count);
    const [from, to] = [samples[after - 1], samples[after]];
    if (!to) return Number.NaN;
    if (!from || to.arrived === from.arrived) return to.ms;
    return from.ms + ((to.ms - from.ms) * (count - from.arrived)) / (to.arrived - from.arrived);
  };
  return Array.from({ length: 10 }, (_, tenth) => {
    const ms = timeOf((rows * (tenth + 1)) / 10) - timeOf((rows * tenth) / 10);
    return (rows * 100) / ms;
  });
}
