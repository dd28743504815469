/** Work on items that arrive one by one, done in batches. */
export interface Batches<T> {
  /** Resolves when the item's batch is done; rejects with the item's own failure. */
  submit(item: T): Promise<void>;
}

interface Waiting<T> {
  readonly item: T;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Does the work for all items that have arrived while the former batch was at work, at most `maxBatch` of them: one by one when it is
 * quiet, many at a time when it is busy. A batch that fails is done again item by item, so that one bad item fails alone;
 * the work must therefore be all or nothing.
 */
export function takeWhatArrived<T>(work: (items: readonly T[]) => Promise<void>, maxBatch = 100): Batches<T> {
  const waiting: Waiting<T>[] = [];
  let working = false;

  const single = async ({ item, resolve, reject }: Waiting<T>) => {
    try {
      await work([item]);
      resolve();
    } catch (error) {
      reject(error);
    }
  };
  const batch = async (taken: readonly Waiting<T>[]) => {
    try {
      await work(taken.map(({ item }) => item));
    } catch {
      for (const one of taken) await single(one);
      return;
    }
    for (const { resolve } of taken) resolve();
  };
  const drain = async () => {
    working = true;
    while (waiting.length > 0) {
      const taken = waiting.splice(0, maxBatch);
      const [only] = taken;
      await (taken.length === 1 && only ? single(only) : batch(taken));
    }
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
