import type { Db } from '@sagacity/chassis/db/database';
import type { Part } from '@sagacity/chassis/lifecycle/part';
import type { Logger } from '@sagacity/chassis/logging/logger';
import { deleteEndedSessions } from '../persistence/sessions.ts';

/** Removes sessions that ended a day ago, every hour; instances do not mind each other. */
export function createHousekeeping({
  db,
  logger,
  everyMs = 3_600_000,
}: {
  db: Db;
  logger: Logger;
  everyMs?: number;
}): Part {
  let timer: NodeJS.Timeout | undefined;
  let sweeping: Promise<void> = Promise.resolve();
  const sweep = async () => {
    try {
      const removed = await deleteEndedSessions(db);
      if (removed > 0) logger.info('ended sessions removed', { removed });
    } catch (error) {
      logger.warn('ended sessions could not be removed', { error });
    }
  };
  return {
    name: 'housekeeping',
    start: async () => {
      timer = setInterval(() => {
        sweeping = sweep();
      }, everyMs);
    },
    stop: async () => {
      clearInterval(timer);
      await sweeping;
    },
  };
}
