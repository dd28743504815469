import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { silentLogger } from '@sagacity/chassis/logging/logger';
import { createRedis } from '@sagacity/chassis/redis/client';
import { callHttp } from '@sagacity/chassis/test-kit/http';
import { testServer } from '@sagacity/chassis/test-kit/servers';
import { createTestTokens } from '@sagacity/chassis/test-kit/tokens';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { createWorld, untilDrained, type World, withoutRepetitions } from './world.ts';

interface Relay {
  readonly process: ChildProcess;
  readonly url: string;
  readonly log: () => string;
}

describe('the relay as a process', () => {
  const tokens = createTestTokens();
  const issuer = createServer((_request, response) => response.end(JSON.stringify(tokens.jwks)));
  let world: World;
  const running: ChildProcess[] = [];
  before(async () => {
    issuer.listen(0, '127.0.0.1');
    await once(issuer, 'listening');
  });
  after(() => issuer.close());
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(async () => {
    for (const child of running.splice(0)) await kill(child, 'SIGKILL');
    await world.drop();
  });

  it('G1: loses nothing when it is killed between publishing and deleting, and repeats it', async () => {
    for (let version = 1; version <= 20; version += 1) await world.append({ aggregate: 'a', version });
    const holder = await world.database.db.transaction();
    await holder.raw('SELECT FROM outbox FOR UPDATE');
    const first = await start();
    await waitFor('all are published', () => world.received.length === 20, 10_000);
    expect(await world.outboxSize()).to.equal(20);

    await kill(first.process, 'SIGKILL');
    // Until the server notices that the client is gone, the delete waits for the lock, and would still succeed.
    await waitFor('its session ends', async () => (await sessions()).length === 0, 8_000);
    await holder.rollback();
    await start();

    await untilDrained(world);
    await waitFor('all are published again', () => world.received.length === 40);
    expect(withoutRepetitions(world.versions('a'))).to.deep.equal(Array.from({ length: 20 }, (_, n) => n + 1));
  });

  it('G1: publishes what was committed by a service that was killed before it could tell, and past a relay that was killed before it could publish', async () => {
    const writer = spawn(process.execPath, [join(import.meta.dirname, 'dying-writer.ts'), world.database.url], {
      stdio: 'inherit',
    });
    const [, signal] = await once(writer, 'exit');
    expect(signal).to.equal('SIGKILL');
    const holder = await world.database.db.transaction();
    await holder.raw('LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE');
    const first = await start();
    await waitFor('it is about to read', async () => (await waitingSessions()).length > 0, 10_000);
    await kill(first.process, 'SIGKILL');
    await holder.rollback();
    expect(world.received).to.deep.equal([]);

    await start();

    await waitFor('it arrives', () => world.versions('written').length > 0, 10_000);
    await untilDrained(world);
    expect(world.versions('written')).to.deep.equal([1]);
  });

  it('is ready while its lanes lead or stand by, and tells how the outboxes stand', async () => {
    const first = await start();
    const second = await start();
    for (const { url } of [first, second]) {
      await waitFor('it is ready', async () => (await callHttp(url, 'GET', '/health/ready')).status === 200, 10_000);
      const { body } = await callHttp(url, 'GET', '/health/ready');
      expect(body.checks).to.have.all.keys('broker', 'lane orders_db');
    }
    await waitFor('one leads', async () => (await leadersOf([first, second])).length === 1);
    await world.channel.deleteExchange('shop.commands');
    await world.append({ exchange: 'shop.commands', aggregate: 'held' });
    await waitFor('it waits', async () => (await world.rows('SELECT FROM outbox_blocked')).length === 1);

    const overview = await waitFor('the overview tells', async () => {
      const answer = await callHttp(second.url, 'GET', '/admin/outbox', { token: tokens.issue({ roles: ['admin'] }) });
      return answer.body.items[0].blocked === 1 && answer.body.items;
    });

    expect(overview).to.have.length(1);
    expect(overview[0]).to.include({ database: 'orders_db', backlog: 1, dead: 0, blocked: 1 });
    expect(overview[0].oldest_age_ms).to.be.within(0, 30_000);
    expect(overview[0].lease).to.match(/^outbox-relay@.+#\d+$/);
    const statuses = await Promise.all(
      [first, second].map(async ({ url }) => (await callHttp(url, 'GET', '/health/ready')).status),
    );
    expect(statuses.sort()).to.deep.equal([200, 503]);
    expect((await callHttp(first.url, 'GET', '/admin/outbox')).status).to.equal(401);
    expect((await callHttp(first.url, 'GET', '/admin/outbox', { token: tokens.issue() })).status).to.equal(403);
  });

  it('tells when an operator has paused an outbox, and stays ready: nothing is wrong with it', async () => {
    await world.rows(`INSERT INTO outbox_pause (paused_by, reason) VALUES ('ann', 'a test')`);
    const { url, log } = await start();
    await waitFor('it leads', () => log().includes('lane is paused by an operator'), 10_000);

    const overview = await callHttp(url, 'GET', '/admin/outbox', { token: tokens.issue({ roles: ['admin'] }) });

    expect(overview.body.items[0].pause_reason).to.equal('a test');
    expect(Date.parse(overview.body.items[0].paused_since)).to.be.closeTo(Date.now(), 60_000);
    expect((await callHttp(url, 'GET', '/metrics')).body).to.match(/^outbox_paused{[^}]*} 1$/m);
    await waitFor('it is ready', async () => (await callHttp(url, 'GET', '/health/ready')).status === 200, 10_000);
  });

  it('counts what it does', async () => {
    const { url } = await start();
    await world.append({ version: 1 });
    await world.append({ version: 2 });
    await untilDrained(world);
    const metrics = (await callHttp(url, 'GET', '/metrics')).body as string;
    const value = (name: string) =>
      Number(new RegExp(`^${name}{[^}]*database="orders_db"[^}]*} (.+)$`, 'm').exec(metrics)?.[1]);
    expect(value('outbox_published_total')).to.equal(2);
    expect(value('outbox_confirm_seconds_count')).to.equal(2);
    expect(value('outbox_lease')).to.equal(1);
    expect(value('outbox_backlog_estimate')).to.equal(0);
    expect(value('outbox_dead_rows')).to.equal(0);
    expect(metrics).to.match(/outbox_broker_state{state="up",service="outbox-relay"} 1/);
  });

  it('wakes up by a poke over Redis', async () => {
    const { log } = await start({ OUTBOX_POLL_MS: '60000' });
    await waitFor('it leads', () => log().includes('lane leads'));
    const redis = createRedis({ url: testServer('TEST_REDIS_URL'), connectionName: 'test', logger: silentLogger });
    await redis.connect();
    try {
      await waitFor('it listens', async () => Number((await redis.pubsub('NUMSUB', 'outbox:poke'))[1]) > 0);
      await world.append();
      await redis.publish('outbox:poke', 'orders_db');
      await waitFor('it arrives', () => world.received.length === 1, 2_000);
    } finally {
      redis.disconnect();
    }
  });

  it('ends in order at SIGTERM, with the lease free at once', async () => {
    const { process: child, log } = await start();
    await waitFor('it leads', () => log().includes('lane leads'));
    await world.append();
    await untilDrained(world);
    child.kill('SIGTERM');
    const [code] = await once(child, 'exit');
    expect(code).to.equal(0);
    await waitFor('its sessions are gone', async () => (await sessions()).length === 0, 1_000);
  });

  it('runs, not ready, while neither database nor broker is there', async () => {
    const nowhere = {
      AMQP_URL: 'amqp://shop:x@127.0.0.1:1/shop',
      OUTBOX_DATABASE_URLS: 'orders_db=postgres://x:x@127.0.0.1:1/x',
    };
    const { url, process: child } = await start(nowhere);
    const { status, body } = await callHttp(url, 'GET', '/health/ready');
    expect(status).to.equal(503);
    expect(body.checks).to.deep.equal({ broker: { status: 'fail' }, 'lane orders_db': { status: 'fail' } });
    expect((await callHttp(url, 'GET', '/health/live')).status).to.equal(200);
    const overview = await callHttp(url, 'GET', '/admin/outbox', { token: tokens.issue({ roles: ['admin'] }) });
    expect(overview.body.items[0]).to.include({ database: 'orders_db', backlog: null, lease: null });
    child.kill('SIGTERM');
    expect((await once(child, 'exit'))[0]).to.equal(0);
  });

  async function start(settings: Record<string, string> = {}): Promise<Relay> {
    const child = spawn(process.execPath, [join(import.meta.dirname, '../src/main.ts')], {
      env: {
        PATH: process.env.PATH ?? '',
        OUTBOX_RELAY_PORT: '0',
        OUTBOX_DATABASE_URLS: `orders_db=${world.relayUrl}`,
        AMQP_URL: world.vhost.url,
        REDIS_URL: testServer('TEST_REDIS_URL'),
        JWKS_URL: `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/`,
        ...settings,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    running.push(child);
    let log = '';
    child.stdout?.on('data', (bytes: Buffer) => {
      log += bytes;
    });
    const port = await waitFor(
      'it listens',
      () => /"relay is running".*?"port":(\d+)|"port":(\d+).*?"relay is running"/.exec(log)?.slice(1).find(Boolean),
      15_000,
    );
    return { process: child, url: `http://127.0.0.1:${port}`, log: () => log };
  }

  function sessions(): Promise<object[]> {
    return world.rows(
      `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND usename = 'outbox_relay'`,
    );
  }

  function waitingSessions(): Promise<object[]> {
    return world.rows(
      `SELECT l.pid FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)
       WHERE a.datname = current_database() AND a.usename = 'outbox_relay' AND NOT l.granted`,
    );
  }

  async function leadersOf(relays: readonly Relay[]): Promise<Relay[]> {
    return relays.filter(({ log }) => log().includes('lane leads'));
  }
});

async function kill(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, 'exit');
}
