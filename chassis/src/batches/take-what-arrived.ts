import { setImmediate } from 'node:timers/promises';
import { Gathering, type Urgency } from './gathering.ts';

/** Work on items that arrive one by one, done in batches. */
export interface Batches<T, R> {
  /** Resolves with what the work made of the item; rejects with the item's own failure. */
  submit(item: T): Promise<R>;
}

interface Waiting<T, R> {
  readonly item: T;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
}

export interface BatchOptions<T> {
  /** Default 100. */
  readonly maxBatch?: number;
  /** An item's urgency, default `now`; an `idle` one waits for company, at most 200 ms. */
  readonly urgencyOf?: (item: T) => Exclude<Urgency, 'paced'>;
  /** True where no item can make the others fail, so that none is tried again by itself. */
  readonly failsTogether?: boolean;
  /** How long what arrived waits for the batch before it, in milliseconds, so that nothing stands behind one that is stuck; default: until it ends. */
  readonly patienceMs?: number;
}

const gatherMs = 200;

/**
 * Does the work for all items that have arrived while the former batch was at work: one by one when it is quiet, many at a time when it is
 * busy. What is idle goes along with the next item that cannot wait, or with other idle ones when it has waited long enough. The work gives
 * a result per item, in their order. A batch that fails is done again, each item by itself and all side by side, so that one bad item fails
 * alone; the work must therefore be all or nothing.
 */
export function takeWhatArrived<T, R>(
  work: (items: readonly T[]) => Promise<readonly R[]>,
  { maxBatch = 100, failsTogether = false, patienceMs, urgencyOf = () => 'now' }: BatchOptions<T> = {},
): Batches<T, R> {
  const waiting = new Gathering<Waiting<T, R>>({ maxBatch, gatherMs });
  let working = false;
  let timer: NodeJS.Timeout | undefined;

  const doAll = async (taken: readonly Waiting<T, R>[]) => {
    const results = await work(taken.map(({ item }) => item));
    for (const [index, { resolve }] of taken.entries()) resolve(results[index] as R);
  };
  const batch = async (taken: readonly Waiting<T, R>[]): Promise<void> => {
    try {
      await doAll(taken);
    } catch (error) {
      if (taken.length > 1 && !failsTogether) await Promise.all(taken.map((one) => batch([one])));
      else for (const { reject } of taken) reject(error);
    }
  };
  const drain = async () => {
    working = true;
    // What one batch of somebody else's work brings forth is submitted within a turn of the event loop, and stays together.
    await setImmediate();
    while (isDue()) await unlessLate(batch(waiting.take()), patienceMs);
    working = false;
    wake();
  };
  const isDue = () => performance.now() >= waiting.dueAt;
  const wake = () => {
    clearTimeout(timer);
    if (working) return;
    if (isDue()) void drain();
    else if (waiting.dueAt < Number.POSITIVE_INFINITY) timer = setTimeout(wake, waiting.dueAt - performance.now());
  };

  return {
    submit: (item) =>
      new Promise((resolve, reject) => {
        waiting.add({ item, resolve, reject }, urgencyOf(item), performance.now());
        wake();
      }),
  };
}

/** Resolves when the work has ended, or when it takes longer than that. */
async function unlessLate(work: Promise<void>, ms: number | undefined): Promise<void> {
  if (ms === undefined) return work;
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([work, late]);
  clearTimeout(timer);
}
