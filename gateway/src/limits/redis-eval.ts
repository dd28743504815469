import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { RedisReply } from 'rate-limit-redis';

/**
 * Sends rate-limit-redis' commands so that the store works whenever Redis does: the digest of a script is computed here,
 * and a script that Redis does not know (NOSCRIPT: just started, or flushed) is sent whole.
 * The store itself loads its scripts once when it is made, and stays dead for ever when Redis is away at that moment.
 */
export function scriptSender(redis: Redis): (...command: string[]) => Promise<RedisReply> {
  const scripts = new Map<string, string>();
  return async (...command) => {
    const [name = '', ...rest] = command;
    if (name === 'SCRIPT' && rest[0] === 'LOAD') {
      const script = rest[1] ?? '';
      const digest = createHash('sha1').update(script).digest('hex');
      scripts.set(digest, script);
      return digest;
    }
    try {
      return (await redis.call(name, ...rest)) as RedisReply;
    } catch (error) {
      const script = scripts.get(rest[0] ?? '');
      if (name !== 'EVALSHA' || script === undefined || !isUnknownScript(error)) throw error;
      return (await redis.call('EVAL', script, ...rest.slice(1))) as RedisReply;
    }
  };
}

function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}
