import type { Redis } from 'ioredis';
import type { Db } from '../db/database.ts';
import type { Logger } from '../logging/logger.ts';
import { createPoke, registerPoke } from './poke.ts';

/** From now on each commit that appended to this database's outbox wakes the relay through Redis; while Redis is away, the relay's poll does. */
export function wakeRelay(
  db: Db,
  options: { readonly databaseUrl: string; readonly redis: Redis; readonly logger: Logger },
): void {
  const { redis, logger } = options;
  registerPoke(
    db,
    createPoke({
      database: new URL(options.databaseUrl).pathname.slice(1),
      publish: (channel, message) => redis.publish(channel, message),
      onError: (error) => logger.debug('relay could not be woken, it polls', { error }),
    }),
  );
}
