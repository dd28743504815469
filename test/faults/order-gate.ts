import type { Gate } from './outage.ts';

/** Lets orders through up to a number that grows, so that those of a later part do not overtake the fault they belong to. */
export interface OrderGate {
  readonly pass: Gate;
  upTo(count: number): void;
}

export function closedGate(): OrderGate {
  let limit = 0;
  let waiting: { readonly index: number; readonly go: () => void }[] = [];
  return {
    pass: (index) => {
      if (index < limit) return undefined;
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.push({ index, go: resolve });
      return promise;
    },
    upTo: (count) => {
      limit = count;
      for (const { go } of waiting.filter(({ index }) => index < limit)) go();
      waiting = waiting.filter(({ index }) => index >= limit);
    },
  };
}
