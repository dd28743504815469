import { setImmediate } from 'node:timers/promises';

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

/**
 * Does the work for all items that have arrived while the former batch was at work, at most `maxBatch` of them: one by one when it is
 * quiet, many at a time when it is busy. The work gives a result per item, in their order. A batch that fails is done again item by item,
 * so that one bad item fails alone; the work must therefore be all or nothing.
 */
export function takeWhatArrived<T, R>(
  work: (items: readonly T[]) => Promise<readonly R[]>,
  maxBatch = 100,
): Batches<T, R> {
  const waiting: Waiting<T, R>[] = [];
  let working = false;

  const doAll = async (taken: readonly Waiting<T, R>[]) => {
    const results = await work(taken.map(({ item }) => item));
    for (const [index, { resolve }] of taken.entries()) resolve(results[index] as R);
  };
  const batch = async (taken: readonly Waiting<T, R>[]) => {
    try {
      await doAll(taken);
    } catch (error) {
      if (taken.length === 1) return taken[0]?.reject(error);
      for (const one of taken) await batch([one]);
    }
  };
  const drain = async () => {
    working = true;
    // What one batch of somebody else's work brings forth is submitted within a turn of the event loop, and stays together.
    await setImmediate();
    while (waiting.length > 0) await batch(waiting.splice(0, maxBatch));
    working = false;
  };

  return {
    submit: (item) =>
      new Promise((resolve, reject) => {
        waiting.push({ item, resolve, reject });
        if (!working) void drain();
      }),
  };
}
