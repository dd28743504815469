import type { Db } from '@sagacity/chassis/db/database';
import type { Part } from '@sagacity/chassis/lifecycle/part';
import type { Logger } from '@sagacity/chassis/logging/logger';
import { deleteOldWebhooks } from './persistence/webhook-inbox.ts';

const everyMs = 10 * 60_000;
const rowsAtOnce = 5_000;

export interface HousekeepingOptions {
  readonly db: Db;
  readonly logger: Logger;
  /** Default: 5,000 rows a statement, so that none of them holds locks for long. */
  readonly batch?: number;
}

/**
 * Forgets webhooks that no provider would send again, at start and every ten minutes, batch by batch until none is left or the
 * process stops; several instances may do so at once.
 */
export function createHousekeeping({ db, logger, batch = rowsAtOnce }: HousekeepingOptions): Part {
  let timer: NodeJS.Timeout | undefined;
  let stopping = false;
  let running = Promise.resolve();
  const tidy = async () => {
    try {
      let deleted = 0;
      for (let last = batch; last === batch && !stopping; deleted += last) last = await deleteOldWebhooks(db, batch);
      if (deleted > 0) logger.info('old webhooks deleted', { deleted });
    } catch (error) {
      logger.warn('housekeeping failed, it comes again', { error });
    }
  };
  return {
    name: 'housekeeping',
    start: async () => {
      running = tidy();
      timer = setInterval(() => {
        running = running.then(tidy);
      }, everyMs);
    },
    stop: async () => {
      stopping = true;
      clearInterval(timer);
      await running;
    },
  };
}
