import { Redis } from 'ioredis';
import type { Part } from '../lifecycle/part.ts';
import type { Logger } from '../logging/logger.ts';

/**
 * A Redis client for the request path: it fails within 200 ms when Redis is away, and reconnects by itself. With `gathersTurns` the commands
 * of a turn of the event loop are one pipeline and are answered together; a command that is alone then costs twice as much CPU.
 */
export function createRedis(options: {
  readonly url: string;
  readonly connectionName: string;
  readonly logger: Logger;
  readonly gathersTurns?: boolean;
}): Redis {
  const redis = new Redis(options.url, {
    connectionName: options.connectionName,
    lazyConnect: true,
    // The defaults queue commands and hang requests for seconds while Redis is down.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    connectTimeout: 500,
    commandTimeout: 200,
    enableAutoPipelining: options.gathersTurns ?? false,
    retryStrategy: (attempt) => Math.min(100 * 2 ** Math.min(attempt, 6), 5_000),
  });
  reportChanges(redis, options.logger);
  return redis;
}

/** A Redis client that subscribes: it resubscribes after a reconnect and has no command deadline. */
export function createSubscriber(options: { url: string; connectionName: string; logger: Logger }): Redis {
  const redis = new Redis(options.url, {
    connectionName: options.connectionName,
    lazyConnect: true,
    maxRetriesPerRequest: null,
    connectTimeout: 500,
    retryStrategy: (attempt) => Math.min(100 * 2 ** Math.min(attempt, 6), 5_000),
  });
  reportChanges(redis, options.logger);
  return redis;
}

/** Redis as a part of a process: start does not wait for it, since a Redis outage only costs speed. */
export function redisPart(redis: Redis): Part {
  return {
    name: 'redis',
    start: async () => {
      // The failure is reported by the error listener, and the client goes on trying.
      await redis.connect().catch(() => undefined);
    },
    stop: async () => redis.disconnect(),
  };
}

/** Logs the first failure of an outage and its end, not each attempt. */
function reportChanges(redis: Redis, logger: Logger): void {
  let away = false;
  redis.on('error', (error: unknown) => {
    if (!away) logger.warn('redis is away', { error });
    away = true;
  });
  redis.on('ready', () => {
    if (away) logger.info('redis is back');
    away = false;
  });
}
