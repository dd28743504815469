import { listLeases } from '@sagacity/chassis/discovery/leases';
import { DomainError } from '@sagacity/chassis/errors/domain-error';
import type { Redis } from 'ioredis';
import type { ServicesAnswer } from '../contract/services.ts';

/** The instances that hold a lease now, by service and age. Throws `service.unavailable` while Redis, which knows them, is away. */
export async function listServices(redis: Redis): Promise<ServicesAnswer> {
  const leases = await listLeases(redis).catch((cause: unknown) => {
    throw new DomainError('service.unavailable', 'Redis is away, and with it the leases.', { cause });
  });
  const items = leases.map(({ service, instance, url, started_at }) => ({ service, instance, url, started_at }));
  items.sort((a, b) => a.service.localeCompare(b.service) || a.started_at.localeCompare(b.started_at));
  return { items };
}
