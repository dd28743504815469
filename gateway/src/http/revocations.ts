import type { Redis } from 'ioredis';
import type { RedisUse } from '../metrics.ts';

/** Whether a session has been ended before its tokens expire. */
export interface SessionRevocations {
  /** `unknown` while Redis cannot be asked. */
  stateOf(sessionId: string): Promise<'valid' | 'revoked' | 'unknown'>;
}

/** Reads the marks that the user service leaves under `revoked:sid:<session id>`. */
export function redisRevocations(redis: Redis, redisUse: RedisUse): SessionRevocations {
  return {
    stateOf: async (sessionId) => {
      try {
        const marks = await redis.exists(`revoked:sid:${sessionId}`);
        redisUse.succeeded();
        return marks === 1 ? 'revoked' : 'valid';
      } catch {
        redisUse.failed();
        return 'unknown';
      }
    },
  };
}
