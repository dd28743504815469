import type { LaneLimits } from './limits.ts';

export interface Situation {
  /** Messages that may be published before some are confirmed. */
  readonly room: number;
  /** Fresh rows that wait for the backlog of their aggregate. */
  readonly waiting: number;
  /** Milliseconds until the pace allows more of the backlog; not above 0 when it does. */
  readonly backlogInMs: number;
  /** True while consumers have more before them than they should. */
  readonly isCrowded: boolean;
}

/** Most rows of each kind that are read next. */
export interface ReadPlan {
  readonly fresh: number;
  readonly backlog: number;
  /** Look again after that time at the latest. */
  readonly againInMs: number;
}

/** Whether what was just read tells of an outage: a full batch whose first row has waited for long. */
export function tellsOfBacklog(
  read: { readonly isFull: boolean; readonly oldestAgeMs: number },
  { oldAfterMs }: Pick<LaneLimits, 'oldAfterMs'>,
): boolean {
  return read.isFull && read.oldestAgeMs >= oldAfterMs;
}

/**
 * What to read next while a backlog is caught up with. Fresh rows come first, unless too many of them wait already: each read has to step
 * over those. The backlog gets what room is left, when its pace allows and the consumers keep up.
 */
export function planReads(
  { room, waiting, backlogInMs, isCrowded }: Situation,
  {
    batchSize,
    waitingLimit,
    pollMs,
    crowdedPollMs,
  }: Pick<LaneLimits, 'batchSize' | 'waitingLimit' | 'pollMs' | 'crowdedPollMs'>,
): ReadPlan {
  const most = Math.min(batchSize, room);
  const mayCatchUp = backlogInMs <= 0 && !isCrowded;
  return {
    fresh: waiting < waitingLimit ? most : 0,
    backlog: mayCatchUp ? most : 0,
    againInMs: isCrowded ? Math.min(pollMs, crowdedPollMs) : Math.min(pollMs, Math.max(0, backlogInMs)),
  };
}
