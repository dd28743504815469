import { randomUUID } from 'node:crypto';
import { silentLogger } from '@sagacity/chassis/logging/logger';
import { createRedis, redisPart } from '@sagacity/chassis/redis/client';
import { testServer } from '@sagacity/chassis/test-kit/servers';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import type { Redis } from 'ioredis';
import { Registry } from 'prom-client';
import { cacheMetrics } from '../src/cache/cache-metrics.ts';
import { answerOf, type CachedAnswer } from '../src/cache/cached-answer.ts';
import { CatalogueCache } from '../src/cache/catalogue-cache.ts';
import { proxyRedis, type RedisProxy } from './redis-proxy.ts';

describe('catalogue cache', () => {
  let prefix: string;
  let proxy: RedisProxy;
  /** Two instances of the service; the first one reaches Redis by way of the proxy. */
  let here: Instance;
  let there: Instance;
  let loads: number;
  const unhandled: unknown[] = [];
  const noteUnhandled = (error: unknown) => unhandled.push(error);

  before(() => process.on('unhandledRejection', noteUnhandled));
  after(() => process.off('unhandledRejection', noteUnhandled));
  beforeEach(async () => {
    prefix = `test-${randomUUID()}`;
    loads = 0;
    proxy = await proxyRedis(testServer('TEST_REDIS_URL'));
    here = await openInstance(proxy.url, prefix);
    there = await openInstance(testServer('TEST_REDIS_URL'), prefix);
  });
  afterEach(async () => {
    for (const { cache, redis } of [here, there]) {
      await cache.stop();
      redis.disconnect();
    }
    await proxy.stop();
    expect(unhandled).to.deep.equal([]);
  });

  it('reads the database once for all instances', async () => {
    expect(await read(here, 'a')).to.equal('a');
    expect(await read(there, 'b')).to.equal('a');
    expect(loads).to.equal(1);
    expect(await counted(here)).to.deep.equal({ miss: 1 });
    expect(await counted(there)).to.deep.equal({ hit: 1 });
  });

  it('forgets on all instances what one of them changed, and nothing else', async () => {
    await read(here, 'old');
    await read(here, 'other', 2);
    await there.cache.forget(['product:1']);
    expect(await read(here, 'new')).to.equal('new');
    expect(await read(there, 'not asked')).to.equal('new');
    expect(await read(there, 'not asked', 2)).to.equal('other');
    await there.cache.forget(['everything']);
    expect(await read(here, 'newer', 2)).to.equal('newer');
  });

  it('takes for fresh nothing that was read before a change and stored after it', async () => {
    const slow = gate();
    const overtaken = read(
      here,
      slow.opened.then(() => 'old'),
    );
    await waitFor('the reader is at the database', () => loads === 1);
    await there.cache.forget(['product:1']);
    slow.open();
    expect(await overtaken).to.equal('old');
    expect(await read(there, 'new')).to.equal('new');
    expect(await read(here, 'not asked')).to.equal('new');
  });

  it('lets an overtaken reader do no harm to the answer that was stored meanwhile but make it read once more', async () => {
    const slow = gate();
    const overtaken = read(
      here,
      slow.opened.then(() => 'old'),
    );
    await waitFor('the reader is at the database', () => loads === 1);
    await there.cache.forget(['product:1']);
    expect(await read(there, 'new')).to.equal('new');
    slow.open();
    await overtaken;
    expect(await read(there, 'new again')).to.equal('new again');
    expect(await read(here, 'not asked')).to.equal('new again');
  });

  it('is not misled by a generation that Redis has lost', async () => {
    await read(here, 'old');
    await there.redis.del(`${prefix}:generation:product:1`);
    expect(await read(here, 'new')).to.equal('new');
  });

  it('asks the database once for all who miss at the same time, and anew for who comes after a change', async () => {
    const slow = gate();
    const early = Array.from({ length: 20 }, () =>
      read(
        here,
        slow.opened.then(() => 'old'),
      ),
    );
    await waitFor('one reader is at the database', () => loads === 1);
    await here.cache.forget(['product:1']);
    const late = read(here, 'new');
    expect(await late).to.equal('new');
    slow.open();
    expect(new Set(await Promise.all(early))).to.deep.equal(new Set(['old']));
    expect(loads).to.equal(2);
  });

  it('tells everybody who waits of a failure, and stores none', async () => {
    const failing = () => read(here, Promise.reject(new Error('no database'))).catch((error: Error) => error.message);
    expect(await Promise.all([failing(), failing()])).to.deep.equal(['no database', 'no database']);
    expect(await read(here, 'there again')).to.equal('there again');
  });

  it('stores for 20 to 30 seconds, not all for equally long, and nothing that is too large', async () => {
    await Promise.all(Array.from({ length: 30 }, (_, n) => read(here, 'x', n + 1)));
    const lifetimes = await Promise.all(
      Array.from({ length: 30 }, (_, n) => there.redis.pttl(`${prefix}:product:${n + 1}`)),
    );
    expect(Math.min(...lifetimes)).to.be.within(18_000, 29_000);
    expect(Math.max(...lifetimes)).to.be.within(Math.min(...lifetimes) + 500, 30_000);
    await read(here, 'x'.repeat(300_000), 99);
    expect(await there.redis.exists(`${prefix}:product:99`)).to.equal(0);
  });

  it('answers from the database while Redis is away, and forgets what was changed meanwhile once it is back', async () => {
    await read(here, 'old');
    proxy.cut();
    await waitFor('the connection is lost', () => here.redis.status !== 'ready');
    const before = performance.now();
    for (let n = 0; n < 50; n += 1) expect(await read(here, `direct ${n}`)).to.equal(`direct ${n}`);
    expect(performance.now() - before).to.be.below(1_000);
    await here.cache.forget(['product:1']);
    expect(await read(there, 'not asked')).to.equal('old');
    proxy.restore();
    await waitFor('the connection is back', () => here.redis.status === 'ready', 10_000);
    await waitFor('the change is known', async () => (await read(there, 'new')) === 'new');
    await waitFor('the cache is used again', async () => (await read(here, 'new')) && (await counted(here)).hit);
  }).timeout(15_000);

  it('waits once for a Redis that hangs, then leaves it alone for a while, and owes it the changes', async () => {
    await read(here, 'old');
    proxy.hold();
    const before = performance.now();
    for (let n = 0; n < 50; n += 1) expect(await read(here, `direct ${n}`)).to.equal(`direct ${n}`);
    expect(performance.now() - before).to.be.below(2_000);
    expect((await counted(here)).bypass).to.be.greaterThan(40);
    await here.cache.forget(['product:1']);
    expect(await read(here, 'behind')).to.equal('behind');
    proxy.restore();
    await waitFor('the change is known', async () => (await read(there, 'new')) === 'new');
  });

  it('leaves no rejection unhandled when Redis comes and goes under load', async () => {
    let running = true;
    const reader = async (n: number) => {
      for (; running; n += 1) {
        expect(await read(here, 'x', (n % 7) + 1)).to.equal('x');
        if (n % 5 === 0) await here.cache.forget([`product:${(n % 7) + 1}`]);
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const readers = Array.from({ length: 10 }, (_, n) => reader(n));
    for (let round = 0; round < 3; round += 1) {
      proxy.cut();
      await waitFor('the connection is lost', () => here.redis.status !== 'ready');
      proxy.restore();
      await waitFor('the connection is back', () => here.redis.status === 'ready', 10_000);
      proxy.hold();
      const direct = await withoutRedis(here);
      await waitFor('reads go on without Redis', async () => (await withoutRedis(here)) > direct + 100);
      proxy.restore();
    }
    running = false;
    await Promise.all(readers);
  }).timeout(30_000);

  function read({ cache }: Instance, text: string | Promise<string>, product = 1): Promise<string> {
    const load = async (): Promise<CachedAnswer> => {
      loads += 1;
      return answerOf({ text: await text });
    };
    // A text that fails must not count as unhandled when another reader's load is joined.
    if (text instanceof Promise) text.catch(() => undefined);
    return cache
      .read({ kind: 'product', key: String(product), subject: `product:${product}`, load })
      .then(({ json }) => JSON.parse(json).text);
  }
});

interface Instance {
  readonly cache: CatalogueCache;
  readonly redis: Redis;
  readonly metrics: Registry;
}

async function openInstance(url: string, prefix: string): Promise<Instance> {
  const metrics = new Registry();
  const redis = createRedis({ url, connectionName: prefix, logger: silentLogger, gathersTurns: true });
  const cache = new CatalogueCache({ redis, metrics: cacheMetrics(metrics), prefix });
  await redisPart(redis).start();
  await waitFor('Redis is there', () => redis.status === 'ready');
  // Behind the one that every new connection causes, so that none comes in between later.
  await cache.forget(['everything']);
  return { cache, redis, metrics };
}

async function counted({ metrics }: Instance): Promise<Record<string, number>> {
  const metric = await metrics.getSingleMetric('catalogue_cache_reads_total')?.get();
  return Object.fromEntries((metric?.values ?? []).map(({ labels, value }) => [labels.result, value]));
}

async function withoutRedis(instance: Instance): Promise<number> {
  const { error = 0, bypass = 0 } = await counted(instance);
  return error + bypass;
}

function gate(): { readonly opened: Promise<void>; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}
