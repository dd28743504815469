import type { Redis } from 'ioredis';

/** The set of all lease keys; members whose key has expired are removed by whoever reads. */
export const leaseIndex = 'leases';

/** There while somebody follows the leases, and so finds out only a little later that one has ended. */
const followedKey = 'leases:followed';
const followedForMs = 5_000;

export interface Lease {
  readonly url: string;
  readonly instance: string;
  readonly started_at: string;
}

/** A lease, and of which service it is. */
export interface ServiceLease extends Lease {
  readonly service: string;
}

/** The leases that all instances hold now. Rejects while Redis is away. */
export async function listLeases(redis: Redis): Promise<readonly ServiceLease[]> {
  const keys = await redis.smembers(leaseIndex);
  const values = keys.length > 0 ? await redis.mget(keys) : [];
  const expired = keys.filter((_key, index) => typeof values[index] !== 'string');
  if (expired.length > 0) await redis.srem(leaseIndex, ...expired);
  return keys.flatMap((key, index) => {
    const value = values[index];
    return typeof value === 'string' ? [{ ...(JSON.parse(value) as Lease), service: serviceOf(key) }] : [];
  });
}

/** The URLs of each service's instances that hold a lease now. */
export async function readLeases(redis: Redis): Promise<ReadonlyMap<string, readonly string[]>> {
  const urls = new Map<string, string[]>();
  for (const { service, url } of await listLeases(redis)) urls.set(service, [...(urls.get(service) ?? []), url]);
  return urls;
}

/** As `readLeases`, for who reads them again and again, every second at least: an instance that leaves waits until they have noticed. */
export async function followLeases(redis: Redis): Promise<ReadonlyMap<string, readonly string[]>> {
  const [urls] = await Promise.all([readLeases(redis), redis.set(followedKey, '1', 'PX', followedForMs)]);
  return urls;
}

/** Whether somebody follows the leases. Rejects while Redis is away. */
export async function areLeasesFollowed(redis: Redis): Promise<boolean> {
  return (await redis.exists(followedKey)) === 1;
}

/** The Redis key of an instance's lease. */
export function leaseKey(service: string, instance: string): string {
  return `lease:${service}:${instance}`;
}

function serviceOf(key: string): string {
  return key.split(':')[1] ?? '';
}
