import { createHash } from 'node:crypto';
import { DomainError } from '@sagacity/chassis/errors/domain-error';
import type { Logger } from '@sagacity/chassis/logging/logger';
import type { Redis } from 'ioredis';
import type { AuthMetrics } from './auth-metrics.ts';

export type AccountKey = { readonly email: string } | { readonly username: string };

/** Slows down guessing at one account, from however many addresses; it never locks anybody out, and treats accounts that do not exist alike. */
export interface LoginPace {
  /** Counts an attempt; throws `request.rate_limited` while the account has to pause. */
  admit(account: AccountKey): Promise<void>;
  /** Starts anew after a password that was right. */
  forget(account: AccountKey): Promise<void>;
}

const windowMs = 15 * 60_000;
const firstPauseMs = 5_000;
const longestPauseMs = 60_000;

/**
 * KEYS: attempts, pause. ARGV: attempts that are free, window, first and longest pause in ms. Returns the ms left of a pause, or 0.
 * Counted before the password is checked, so that many attempts at once do not all count as the first. An attempt during a pause does
 * not lengthen it.
 */
const script = `
  local left = redis.call('PTTL', KEYS[2])
  if left > 0 then return left end
  local attempts = redis.call('INCR', KEYS[1])
  if attempts == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
  local beyond = attempts - tonumber(ARGV[1])
  if beyond >= 0 then
    local pause = math.min(tonumber(ARGV[4]), tonumber(ARGV[3]) * 2 ^ math.min(beyond, 10))
    redis.call('SET', KEYS[2], '1', 'PX', math.floor(pause))
  end
  return 0
`;

/** While Redis is away nobody is slowed here; the gateways' limit by address stands. */
export function createLoginPace(options: {
  readonly redis: Redis;
  readonly attempts: number;
  readonly metrics: AuthMetrics;
  readonly logger: Logger;
}): LoginPace {
  const { redis, metrics, logger } = options;
  const unlessAway = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      logger.warn('login pace is not kept', { error });
      return undefined;
    }
  };
  return {
    admit: async (account) => {
      const limits = [options.attempts, windowMs, firstPauseMs, longestPauseMs];
      const leftMs = await unlessAway(() => redis.eval(script, 2, ...keysOf(account), ...limits));
      if (typeof leftMs !== 'number' || leftMs <= 0) return;
      metrics.logins.inc({ result: 'slowed' });
      const seconds = Math.ceil(leftMs / 1000);
      throw new DomainError('request.rate_limited', `Too many attempts; try again in ${seconds} s.`, {
        retryAfterSeconds: seconds,
      });
    },
    forget: async (account) => {
      await unlessAway(() => redis.del(...keysOf(account)));
    },
  };
}

/** Hashed, so that the keys name nobody. */
function keysOf(account: AccountKey): [attempts: string, pause: string] {
  const name = 'email' in account ? `email:${account.email}` : `username:${account.username.toLowerCase()}`;
  const hash = createHash('sha256').update(name).digest('base64url');
  return [`login:attempts:${hash}`, `login:pause:${hash}`];
}
