/** Slows down the draining of old messages; what is young passes at once. Shared by all lanes of a process. */
export interface Pace {
  /** Milliseconds to wait before the next read, after a read of that many rows whose first one is that old. */
  delayMs(rows: number, oldestAgeMs: number): number;
}

const oldAfterMs = 60_000;

/**
 * A bucket of tokens for messages that waited longer than a minute: after an outage the backlog is drained at that many a second in the long run,
 * so that consumers and the broker have room for what is new. Zero means no limit.
 */
export function createPace(perSecond: number, now: () => number = () => performance.now()): Pace {
  let paidUntil = 0;
  return {
    delayMs: (rows, oldestAgeMs) => {
      if (perSecond === 0 || oldestAgeMs < oldAfterMs) return 0;
      const start = Math.max(paidUntil, now());
      paidUntil = start + (rows * 1_000) / perSecond;
      return paidUntil - now();
    },
  };
}
