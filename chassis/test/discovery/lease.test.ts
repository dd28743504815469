import { expect } from 'chai';
import type { Redis } from 'ioredis';
import { leasePart, leaseSeconds, reachableUrl } from '../../src/discovery/lease.ts';
import { followLeases, leaseIndex, readLeases } from '../../src/discovery/leases.ts';
import { uuid7 } from '../../src/ids/uuid7.ts';
import { silentLogger } from '../../src/logging/logger.ts';
import { createRedis } from '../../src/redis/client.ts';
import { testServer } from '../../test-kit/servers.ts';
import { waitFor } from '../../test-kit/wait-for.ts';

describe('discovery lease', () => {
  const instance = uuid7();
  const key = `lease:test-service:${instance}`;
  let redis: Redis;

  before(async () => {
    redis = createRedis({ url: testServer('TEST_REDIS_URL'), connectionName: 'lease test', logger: silentLogger });
    await redis.connect();
  });
  after(() => redis.disconnect());

  function lease(options: { redis: Redis; renewEveryMs?: number }) {
    return leasePart({ service: 'test-service', url: () => 'http://127.0.0.1:8002', instance, ...options });
  }

  it('tells where the instance is while it runs, and ends with it', async () => {
    const part = lease({ redis });
    await part.start();
    const value = JSON.parse((await redis.get(key)) ?? '{}');
    expect(value).to.include({ url: 'http://127.0.0.1:8002', instance });
    expect(new Date(value.started_at).toISOString()).to.equal(value.started_at);
    expect(await redis.ttl(key)).to.be.within(1, leaseSeconds);

    await part.stop();
    await part.stop();
    expect(await redis.get(key)).to.equal(null);
  });

  it('is renewed, and comes back after Redis has forgotten it', async () => {
    const part = lease({ redis, renewEveryMs: 20 });
    await part.start();
    await redis.expire(key, 5);
    await waitFor('the lease to be renewed', async () => (await redis.ttl(key)) > 5);
    await redis.del(key);
    await waitFor('the lease to come back', () => redis.exists(key));
    await part.stop();
  });

  it('is found by its service while it runs, and not when its instance died without a word', async () => {
    const part = lease({ redis });
    await part.start();
    expect((await readLeases(redis)).get('test-service')).to.deep.equal(['http://127.0.0.1:8002']);
    await redis.del(key);
    expect((await readLeases(redis)).get('test-service')).to.equal(undefined);
    expect(await redis.sismember(leaseIndex, key)).to.equal(0);
    await part.stop();
  });

  it('lets who follows the leases notice before it has stopped, and waits for nobody else', async () => {
    const part = lease({ redis });
    await part.start();
    await redis.del('leases:followed');
    expect(await msOf(() => part.stop())).to.be.lessThan(1_000);

    await part.start();
    expect((await followLeases(redis)).get('test-service')).to.deep.equal(['http://127.0.0.1:8002']);
    expect(await msOf(() => part.stop())).to.be.greaterThan(1_400);
    expect(await redis.pttl('leases:followed')).to.be.within(1, 5_000);
    await redis.del('leases:followed');
  });

  it('starts and stops without Redis', async () => {
    const away = createRedis({ url: 'redis://127.0.0.1:1/0', connectionName: 'lease test', logger: silentLogger });
    const part = lease({ redis: away, renewEveryMs: 5 });
    await part.start();
    await part.stop();
    away.disconnect();
  });
});

async function msOf(work: () => Promise<void>): Promise<number> {
  const since = performance.now();
  await work();
  return performance.now() - since;
}

describe('reachable URL', () => {
  it('is the host that the server listens on', () => {
    expect(reachableUrl('127.0.0.1', 8002)).to.equal('http://127.0.0.1:8002');
    expect(reachableUrl('::1', 8002)).to.equal('http://[::1]:8002');
  });

  it('is never a wildcard address', () => {
    expect(reachableUrl('0.0.0.0', 8002))
      .to.match(/^http:\/\/\d+\.\d+\.\d+\.\d+:8002$/)
      .and.not.include('//0.0.0.0');
  });

  it('is on the network on which Redis is reached, unless that leads to this machine alone', () => {
    const towards = (localAddress: string) => reachableUrl('0.0.0.0', 8002, { stream: { localAddress } });
    expect(towards('192.0.2.7')).to.equal('http://192.0.2.7:8002');
    expect(towards('::ffff:192.0.2.7')).to.equal('http://192.0.2.7:8002');
    expect(towards('127.0.0.1')).to.equal(reachableUrl('0.0.0.0', 8002));
    expect(towards('::1')).to.equal(reachableUrl('0.0.0.0', 8002));
  });

  it('reads the address from the connection of the client', async () => {
    const redis = createRedis({
      url: testServer('TEST_REDIS_URL'),
      connectionName: 'lease test',
      logger: silentLogger,
    });
    await redis.connect();
    expect(redis.stream.localAddress).to.equal('127.0.0.1');
    redis.disconnect();
  });
});
