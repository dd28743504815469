import { setTimeout as delay } from 'node:timers/promises';

export interface Backoff {
  readonly minMs: number;
  readonly maxMs: number;
}

/** The wait before the given attempt (1 is the first retry): exponential, capped, with full jitter in its upper half. */
export function backoffMs(attempt: number, { minMs, maxMs }: Backoff, random: () => number = Math.random): number {
  const ceiling = Math.min(maxMs, minMs * 2 ** (attempt - 1));
  return Math.round(ceiling / 2 + (ceiling / 2) * random());
}

/**
 * Tries until it succeeds or the signal aborts; tells of each failure. For servers that are not there yet:
 * a process that starts before its database waits for it instead of dying.
 */
export async function untilItSucceeds<T>(
  work: () => Promise<T>,
  options: Backoff & { readonly signal: AbortSignal; readonly onFailure: (error: unknown, nextMs: number) => void },
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    options.signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      options.signal.throwIfAborted();
      const nextMs = backoffMs(attempt, options);
      options.onFailure(error, nextMs);
      await delay(nextMs, undefined, { signal: options.signal });
    }
  }
}
