/** Slows down the draining of a backlog. Shared by all lanes of a process. */
export interface Pace {
  /** Milliseconds to wait before more of the backlog, after that many rows of it. */
  delayMs(rows: number): number;
}

/**
 * A bucket of tokens: a backlog is drained at that many rows a second in the long run, so that consumers and the broker have room for what is new.
 * Zero means no limit.
 */
export function createPace(perSecond: number, now: () => number = () => performance.now()): Pace {
  let paidUntil = 0;
  return {
    delayMs: (rows) => {
      if (perSecond === 0) return 0;
      const start = Math.max(paidUntil, now());
      paidUntil = start + (rows * 1_000) / perSecond;
      return paidUntil - now();
    },
  };
}
