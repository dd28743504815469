import { setTimeout as delay } from 'node:timers/promises';
import type { Db } from '@sagacity/chassis/db/database';
import type { Part } from '@sagacity/chassis/lifecycle/part';
import { backoffMs } from '@sagacity/chassis/lifecycle/retry';
import type { Logger } from '@sagacity/chassis/logging/logger';
import { nextWakeupInMs } from '../persistence/timers.ts';
import { fireTimers } from '../use-cases/fire-timers.ts';
import type { SagaSessions } from '../use-cases/saga-session.ts';

export interface TimerLoopOptions {
  readonly db: Db;
  readonly sessions: SagaSessions;
  readonly logger: Logger;
  /** False while commands cannot leave and answers cannot come: then no answer is late. */
  readonly isConnected: () => boolean;
  /** How long the timers wait after the start, so that answers which came while nobody was there are taken in first. */
  readonly graceMs?: number;
}

const batch = 100;
const wait = { shortestMs: 20, longestMs: 500 };
const afterFailure = { minMs: 200, maxMs: 5_000 };

/**
 * Wakes the sagas whose moment has come, by the database's clock; any number of instances may do so at once.
 *
 *   wait (until the next wake-up, 20 to 500 ms) → claim at most 100 due sagas, skipping those that others have → advance, commit
 *        ▲                                                                                                         │
 *        └──────────── at once again when the claim was full ◀─────────────────────────────────────────────────────┘
 *
 * A wake-up is part of the saga's row and moves in the transaction that advances it, so none is lost and none fires twice.
 */
export function createTimerLoop(options: TimerLoopOptions): Part {
  const { db, sessions, logger, isConnected, graceMs = 1_000 } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  let running: Promise<void> | undefined;

  const pause = (ms: number) => delay(ms, undefined, { signal }).catch(() => undefined);
  const round = async (): Promise<number> => {
    if (!isConnected()) return wait.longestMs;
    const fired = await fireTimers({ db, sessions, logger }, batch);
    if (fired === batch) return 0;
    const nextMs = (await nextWakeupInMs(db)) ?? wait.longestMs;
    return Math.min(wait.longestMs, Math.max(wait.shortestMs, nextMs));
  };
  const loop = async () => {
    await pause(graceMs);
    for (let failures = 0; !signal.aborted; ) {
      try {
        await pause(await round());
        failures = 0;
      } catch (error) {
        failures += 1;
        logger.warn('timers failed, they go on later', { error });
        await pause(backoffMs(failures, afterFailure));
      }
    }
  };

  return {
    name: 'timers',
    start: async () => {
      running = loop();
    },
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}
