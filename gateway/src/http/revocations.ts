import type { Redis } from 'ioredis';

/** Whether a session has been ended before its tokens expire. */
export interface SessionRevocations {
  /** `unknown` while Redis cannot be asked. */
  stateOf(sessionId: string): Promise<'valid' | 'revoked' | 'unknown'>;
}

/** Reads the marks that the user service leaves under `revoked:sid:<session id>`. */
export function redisRevocations(redis: Redis, onUnavailable: (error: unknown) => void): SessionRevocations {
  return {
    stateOf: async (sessionId) => {
      try {
        return (await redis.exists(`revoked:sid:${sessionId}`)) === 1 ? 'revoked' : 'valid';
      } catch (error) {
        onUnavailable(error);
        return 'unknown';
      }
    },
  };
}
