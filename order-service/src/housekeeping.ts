import type { Db } from '@sagacity/chassis/db/database';
import type { Part } from '@sagacity/chassis/lifecycle/part';
import type { Logger } from '@sagacity/chassis/logging/logger';
import { deleteExpiredKeys } from './persistence/idempotency-keys.ts';

const everyMs = 10 * 60_000;

/** Forgets old idempotency keys every ten minutes; several instances may do so at once. */
export function createHousekeeping({ db, logger }: { readonly db: Db; readonly logger: Logger }): Part {
  let timer: NodeJS.Timeout | undefined;
  const tidy = async () => {
    try {
      const deleted = await deleteExpiredKeys(db);
      if (deleted > 0) logger.info('old idempotency keys deleted', { deleted });
    } catch (error) {
      logger.warn('housekeeping failed, it comes again', { error });
    }
  };
  return {
    name: 'housekeeping',
    start: async () => {
      timer = setInterval(tidy, everyMs);
    },
    stop: async () => clearInterval(timer),
  };
}
