import { setTimeout as delay } from 'node:timers/promises';

export interface Rate {
  readonly perSecond: number;
  readonly forMs: number;
}

/** Starts something at a steady rate, whatever becomes of the earlier ones, and resolves with what all of them give. */
export async function atRate<T>({ perSecond, forMs }: Rate, start: () => Promise<T>): Promise<T[]> {
  const startedAt = performance.now();
  const started: Promise<T>[] = [];
  for (let n = 0; n < (forMs / 1_000) * perSecond; n += 1) {
    const wait = startedAt + (n * 1_000) / perSecond - performance.now();
    if (wait > 0) await delay(wait);
    started.push(start());
  }
  return Promise.all(started);
}
