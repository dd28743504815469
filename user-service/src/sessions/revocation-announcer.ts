import { setTimeout as delay } from 'node:timers/promises';
import type { Db } from '@sagacity/chassis/db/database';
import type { Part } from '@sagacity/chassis/lifecycle/part';
import type { Logger } from '@sagacity/chassis/logging/logger';
import type { Redis } from 'ioredis';
import { findUnannounced, forgetAnnouncements, markAnnounced } from '../persistence/revocations.ts';

/**
 * Tells the gateways of revoked sessions by marks in Redis, `revoked:sid:<session>`, that last longer than any access token.
 * A revocation is a row first; the mark follows at once, and is set again by a loop when Redis was away, when the process died between
 * the two, or when Redis has been restarted or emptied: for that, a key of its own names the run of Redis in which the marks are complete.
 */
export interface RevocationAnnouncer extends Part {
  /** Resolves when the gateways refuse the sessions, or when Redis is away and the loop has to do it; never throws. */
  announce(sids: readonly string[]): Promise<void>;
}

/** Access tokens last 600 s and clocks may differ by 30 s. */
export const markSeconds = 660;
const completeKey = 'revoked:complete';

export function markKey(sid: string): string {
  return `revoked:sid:${sid}`;
}

export function createRevocationAnnouncer(options: {
  readonly db: Db;
  readonly redis: Redis;
  readonly logger: Logger;
  readonly everyMs?: number;
}): RevocationAnnouncer {
  const { db, redis, logger, everyMs = 1_000 } = options;
  const stopping = new AbortController();
  let loop: Promise<void> = Promise.resolve();

  const announceNow = async (sids: readonly string[]) => {
    if (sids.length === 0) return;
    await Promise.all(sids.map((sid) => redis.set(markKey(sid), '1', 'EX', markSeconds)));
    await markAnnounced(db, sids);
  };
  const catchUp = async () => {
    const runId = runIdOf(await redis.info('server'));
    const isComplete = (await redis.get(completeKey)) === runId;
    if (!isComplete) await forgetAnnouncements(db);
    for (let sids = await findUnannounced(db); sids.length > 0; sids = await findUnannounced(db)) {
      await announceNow(sids);
    }
    if (!isComplete) await redis.set(completeKey, runId);
  };
  const run = async () => {
    while (!stopping.signal.aborted) {
      // Said by the clients themselves when their server is away; here it would be said each second.
      await catchUp().catch((error: unknown) => logger.debug('revocations could not be announced', { error }));
      await delay(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  return {
    name: 'revocation announcer',
    announce: async (sids) => {
      try {
        await announceNow(sids);
      } catch (error) {
        logger.warn('revocation is announced later', { error });
      }
    },
    start: async () => {
      loop = run();
    },
    stop: async () => {
      stopping.abort();
      await loop;
    },
  };
}

/** New with each start of Redis: after a crash it may lack the last second of what it was told. */
function runIdOf(info: string): string {
  return /^run_id:(\w+)/m.exec(info)?.[1] ?? 'unknown';
}
