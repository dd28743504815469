const longestWaitMs = 200;
/** How much the newest batch counts for in the average. */
const newest = 1 / 4;

/**
 * Says when the next batch may begin, so that a consumer is at work for no more than a share of the time: after a batch that took 4 ms
 * with a share of 0.1 that is 40 ms from its beginning. What arrives meanwhile goes together. The slower everything around is, the more
 * goes together, and the less there is to do for each message; when it is quick, or quiet, nothing waits.
 */
export class DutyCycle {
  readonly #share: number;
  #averageMs = 0;
  #startedAt = Number.NEGATIVE_INFINITY;

  /** The share is above 0 and below 1. */
  constructor(share: number) {
    this.#share = share;
  }

  /** Notes a batch; both times in milliseconds of the same clock. */
  worked(startedAt: number, endedAt: number): void {
    const tookMs = endedAt - startedAt;
    this.#averageMs += (tookMs - this.#averageMs) * (this.#averageMs === 0 ? 1 : newest);
    this.#startedAt = startedAt;
  }

  /** The time from which on the next batch may begin. */
  get nextAt(): number {
    return this.#startedAt + Math.min(this.#averageMs / this.#share, longestWaitMs);
  }
}
