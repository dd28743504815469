import type { Redis } from 'ioredis';

/** The set of all lease keys; members whose key has expired are removed by whoever reads. */
export const leaseIndex = 'leases';

export interface Lease {
  readonly url: string;
  readonly instance: string;
  readonly started_at: string;
}

/** The URLs of each service's instances that hold a lease now. */
export async function readLeases(redis: Redis): Promise<ReadonlyMap<string, readonly string[]>> {
  const keys = await redis.smembers(leaseIndex);
  const values = keys.length > 0 ? await redis.mget(keys) : [];
  const urls = new Map<string, string[]>();
  const expired: string[] = [];
  for (const [index, key] of keys.entries()) {
    const value = values[index];
    if (typeof value !== 'string') expired.push(key);
    else {
      const service = serviceOf(key);
      urls.set(service, [...(urls.get(service) ?? []), (JSON.parse(value) as Lease).url]);
    }
  }
  if (expired.length > 0) await redis.srem(leaseIndex, ...expired);
  return urls;
}

/** The Redis key of an instance's lease. */
export function leaseKey(service: string, instance: string): string {
  return `lease:${service}:${instance}`;
}

function serviceOf(key: string): string {
  return key.split(':')[1] ?? '';
}
