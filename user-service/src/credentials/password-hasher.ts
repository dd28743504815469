import { randomBytes } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';
import type { AuthMetrics } from './auth-metrics.ts';
import { createBoundedGate } from './bounded-gate.ts';

/** The two functions of argon2 that are used, so that a test can count its calls. */
export interface Argon2 {
  hash(password: string): Promise<string>;
  verify(hashed: string, password: string): Promise<boolean>;
}

export interface PasswordHasher {
  hash(password: string): Promise<string>;
  /** Whether the password is the one hashed. Without a hash it does the same work on a hash that nothing matches, and says no. */
  verify(hashed: string | undefined, password: string): Promise<boolean>;
  /** True when the hash was made with other costs than those in use now. */
  isOutdated(hashed: string): boolean;
}

/** OWASP's minimum for argon2id, some 23 ms of one core: 19 MiB of memory, two passes, one lane. */
const costs = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const currentPrefix = `$argon2id$v=19$m=${costs.memoryCost},t=${costs.timeCost},p=${costs.parallelism}$`;

/** Looks like a hash and costs as much to verify, but is random, so that no password matches it. */
const unmatched = `${currentPrefix}${randomBase64(16)}$${randomBase64(32)}`;

export const argon2: Argon2 = { hash: (password) => hash(password, costs), verify };

/** Hashes at most `atOnce` passwords in parallel; `waiting` more may queue, beyond that `service.unavailable` is thrown. */
export function createPasswordHasher(options: {
  readonly argon2: Argon2;
  readonly atOnce: number;
  readonly waiting: number;
  readonly metrics: AuthMetrics;
}): PasswordHasher {
  const { metrics } = options;
  const gate = createBoundedGate(options);
  metrics.observeQueue(() => gate.waiting());
  const timed = <T>(operation: 'hash' | 'verify', work: () => Promise<T>) =>
    gate.run(async () => {
      const stop = metrics.hashDuration.startTimer({ operation });
      try {
        return await work();
      } finally {
        stop();
      }
    });
  return {
    hash: (password) => timed('hash', () => options.argon2.hash(password)),
    verify: async (stored, password) => {
      // What an erased account has in the place of a hash cannot be verified, and must not be told by an answer of its own.
      const hashed = stored?.startsWith('$argon2') ? stored : undefined;
      const matches = await timed('verify', () => options.argon2.verify(hashed ?? unmatched, password));
      return hashed !== undefined && matches;
    },
    isOutdated: (hashed) => !hashed.startsWith(currentPrefix),
  };
}

function randomBase64(bytes: number): string {
  return randomBytes(bytes).toString('base64').replace(/=+$/, '');
}
