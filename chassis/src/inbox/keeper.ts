import type { Db } from '../db/database.ts';
import { runSql } from '../db/run-sql.ts';
import type { Part } from '../lifecycle/part.ts';
import type { Logger } from '../logging/logger.ts';

const everyMs = 60 * 60_000;
/** Longer than a message can be on its way: up the retry ladder, or waiting as a dead letter for its replay. */
const keptDays = 14;

/**
 * Keeps a database's inbox: partitions for the coming days, and none older than 14 days. Runs at start and every hour; any number of
 * instances may do so at once. A failure is logged and comes again: rows that no day covers go to the default partition.
 */
export function inboxKeeper({ db, logger }: { readonly db: Db; readonly logger: Logger }): Part {
  let timer: NodeJS.Timeout | undefined;
  let running = Promise.resolve();
  const keep = async () => {
    try {
      await runSql(db, 'SELECT ensure_inbox_partitions()');
      await runSql(db, 'SELECT drop_inbox_partitions(?)', [keptDays]);
    } catch (error) {
      logger.warn('inbox partitions could not be kept, they are tried again', { error });
    }
  };
  return {
    name: 'inbox keeper',
    start: async () => {
      running = keep();
      timer = setInterval(() => {
        running = keep();
      }, everyMs);
    },
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
