/** How a lane behaves; the defaults are what the relay runs with, tests shorten the times. */
export interface LaneLimits {
  /** Most rows of one read. */
  readonly batchSize: number;
  /** Most messages that wait for their confirm. */
  readonly window: number;
  /** Longest wait for new rows when no poke comes. */
  readonly pollMs: number;
  /** A confirm that takes longer means that the outcome is unknown. */
  readonly confirmTimeoutMs: number;
  /** Failures after which a message that cannot be routed or sent is buried. */
  readonly attemptsLimit: number;
  /** Wait after a row's first failure; doubled with each further one, up to the most. */
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  /** Wait of the whole lane after the broker refused a message. */
  readonly nackPauseMs: number;
  /** Refusals of one message that are taken for a busy broker; from then on its aggregate alone waits. */
  readonly nacksForgiven: number;
  /** Interval of looking for blocked rows that are due and of raising the low-water mark. */
  readonly housekeepingMs: number;
  /** Deleted rows after which it is done at once: so many are stepped over by each read while an old snapshot keeps them. */
  readonly housekeepingRows: number;
  /** Interval of looking below the low-water mark. */
  readonly belowMarkMs: number;
  /** Interval of a standby's attempts to get the lease: between this and twice and a half of it. */
  readonly standbyMs: number;
  /** How long a standby leaves the lease to the relay that should have it. */
  readonly graceMs: number;
  /** Interval of asking whether another relay should have the lease. */
  readonly peersMs: number;
  /** From that age on, rows that fill a whole read tell of an outage. */
  readonly oldAfterMs: number;
  /** Most fresh rows that are stepped over because their aggregate is in the backlog. */
  readonly waitingLimit: number;
  /** Interval of looking again whether consumers keep up with a backlog. */
  readonly crowdedPollMs: number;
  /** Longest wait for confirms when the lane ends. */
  readonly stopWithinMs: number;
}

export const defaultLimits: LaneLimits = {
  batchSize: 500,
  window: 1_000,
  pollMs: 250,
  confirmTimeoutMs: 10_000,
  attemptsLimit: 10,
  minDelayMs: 1_000,
  maxDelayMs: 60_000,
  nackPauseMs: 1_000,
  nacksForgiven: 5,
  housekeepingMs: 1_000,
  housekeepingRows: 2_000,
  belowMarkMs: 60_000,
  standbyMs: 200,
  graceMs: 2_000,
  peersMs: 5_000,
  oldAfterMs: 60_000,
  waitingLimit: 5_000,
  crowdedPollMs: 50,
  stopWithinMs: 10_000,
};
