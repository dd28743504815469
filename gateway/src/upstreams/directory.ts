import type { Part } from '@sagacity/chassis/lifecycle/part';
import type { Logger } from '@sagacity/chassis/logging/logger';
import type { Service } from '../routes.ts';
import { Instance } from './instance.ts';

/** The URLs of each service's running instances, as their leases tell. */
export type ReadLeases = () => Promise<ReadonlyMap<string, readonly string[]>>;

export interface Directory extends Part {
  /** The instances of a service that may be asked now; at least its configured address. */
  instancesOf(service: Service): readonly Instance[];
  /** Reads the leases at once. */
  refresh(): Promise<void>;
}

const refreshMs = 1_000;

/**
 * Follows the leases that instances hold in Redis, every second. While Redis is away the last list stays;
 * a service of which no lease was ever seen, or whose last lease is gone, is looked for at its configured address.
 */
export function createDirectory(options: {
  readonly readLeases: ReadLeases;
  readonly configured: Readonly<Record<Service, string>>;
  readonly logger: Logger;
}): Directory {
  const { readLeases, configured, logger } = options;
  const current = new Map<string, Map<string, Instance>>();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  const refresh = async () => {
    try {
      const leases = await readLeases();
      for (const [service, address] of Object.entries(configured)) {
        const urls = leases.get(service) ?? [];
        replace(service, urls.length > 0 ? urls : [address]);
      }
    } catch (error) {
      logger.debug('leases could not be read, the last list stays', { error });
    }
  };
  const follow = async () => {
    await refresh();
    if (!stopped) timer = setTimeout(follow, refreshMs);
  };

  const replace = (service: string, urls: readonly string[]) => {
    const before = current.get(service) ?? new Map<string, Instance>();
    const after = new Map(urls.map((url) => [url, before.get(url) ?? new Instance(url)]));
    for (const [url, instance] of before) {
      if (after.has(url)) continue;
      logger.info('instance has gone', { upstream: service, url });
      instance.close();
    }
    for (const url of after.keys()) if (!before.has(url)) logger.info('instance found', { upstream: service, url });
    current.set(service, after);
  };

  return {
    name: 'directory',
    refresh,
    start: async () => {
      for (const [service, address] of Object.entries(configured)) replace(service, [address]);
      await follow();
    },
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      for (const instances of current.values()) for (const instance of instances.values()) instance.close();
    },
    instancesOf: (service) => [...(current.get(service)?.values() ?? [])],
  };
}
