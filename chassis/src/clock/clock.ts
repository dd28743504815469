/** The time of this process, injected so that tests can set it; correctness across processes rests on the database's clock. */
export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };
