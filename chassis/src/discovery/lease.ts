import { networkInterfaces } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { uuid7 } from '../ids/uuid7.ts';
import type { Part } from '../lifecycle/part.ts';
import { areLeasesFollowed, leaseIndex, leaseKey } from './leases.ts';

export interface LeaseOptions {
  readonly redis: Redis;
  /** The service whose instance this is, as the gateway's routes name it. */
  readonly service: string;
  /** Where this instance answers; asked anew at each renewal, since the port may be known only after the server listens. */
  readonly url: () => string;
  /** A new uuid v7 when missing. */
  readonly instance?: string;
  readonly renewEveryMs?: number;
}

/** A lease that is not renewed ends after this many seconds, and the instance gets no more requests. */
export const leaseSeconds = 15;

/** Gateways read the leases every second. */
const noticeMs = 1_500;

/**
 * An instance's entry in service discovery: the Redis key `lease:<service>:<instance>`, set with a lifetime of 15 s, renewed every 5 s
 * and deleted on stop. A Redis outage is survived in silence: the lease is back within one renewal of Redis.
 * Put it last among a process's parts, so that it appears when the instance serves and goes before it drains. Where gateways follow the
 * leases, stop resolves when they have noticed: until then they send requests, which must not meet a closed door.
 */
export function leasePart({ redis, service, url, instance = uuid7(), renewEveryMs = 5_000 }: LeaseOptions): Part {
  const key = leaseKey(service, instance);
  const startedAt = new Date().toISOString();
  let timer: NodeJS.Timeout | undefined;
  // The client's own listener reports the outage; to say it again at each renewal would tell nothing new.
  const unlessAway = (command: Promise<unknown>) => command.catch(() => undefined);
  const renew = () => {
    const value = JSON.stringify({ url: url(), instance, started_at: startedAt });
    // The index lets readers find all leases without a scan of the whole key space.
    return unlessAway(Promise.all([redis.set(key, value, 'EX', leaseSeconds), redis.sadd(leaseIndex, key)]));
  };
  return {
    name: 'discovery lease',
    start: async () => {
      await renew();
      timer = setInterval(renew, renewEveryMs);
    },
    stop: async () => {
      if (timer === undefined) return;
      clearInterval(timer);
      timer = undefined;
      await unlessAway(redis.del(key));
      if (await unlessAway(areLeasesFollowed(redis))) await delay(noticeMs);
    },
  };
}

/** A client with its connection, as ioredis has it. */
interface Connected {
  readonly stream?: { readonly localAddress?: string | undefined } | undefined;
}

/**
 * The URL under which others reach a server that listens on this host and port. For a wildcard host it is the address by which this
 * process reaches Redis: who finds it there is on that network, but may not be on the others that this machine is on.
 * Where Redis is on this machine, or not connected yet, it is the machine's first outside IPv4 address.
 */
export function reachableUrl(host: string, port: number, redis?: Connected): string {
  const wildcard = host === '0.0.0.0' || host === '::';
  const name = wildcard ? (addressTowards(redis) ?? firstOutsideAddress() ?? '127.0.0.1') : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

function addressTowards(redis: Connected | undefined): string | undefined {
  const address = redis?.stream?.localAddress?.replace(/^::ffff:/, '');
  return address === undefined || address === '::1' || address.startsWith('127.') ? undefined : address;
}

function firstOutsideAddress(): string | undefined {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
}
