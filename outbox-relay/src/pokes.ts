import type { Part } from '@sagacity/chassis/lifecycle/part';
import type { Logger } from '@sagacity/chassis/logging/logger';
import { pokeChannel } from '@sagacity/chassis/outbox/poke';
import { createSubscriber } from '@sagacity/chassis/redis/client';

/** Hands pokes of services, which name their database, to the lanes. Without Redis nothing is lost: the lanes poll. */
export function pokesPart(options: {
  readonly redisUrl: string;
  readonly connectionName: string;
  readonly logger: Logger;
  readonly onPoke: (database: string) => void;
}): Part {
  const { redisUrl, connectionName, logger, onPoke } = options;
  const redis = createSubscriber({ url: redisUrl, connectionName, logger });
  redis.on('message', (_channel: string, database: string) => onPoke(database));
  return {
    name: 'pokes',
    start: async () => {
      // Sent once Redis is there, and again after each reconnect; a failure is reported by the client.
      redis.subscribe(pokeChannel).catch(() => undefined);
    },
    stop: async () => redis.disconnect(),
  };
}
