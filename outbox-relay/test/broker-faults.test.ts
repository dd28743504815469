import { inTransaction } from '@sagacity/chassis/db/transaction';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { alarmFrame, createProxy, type ServerProxy } from './proxy.ts';
import { createWorld, untilDrained, type World, withoutRepetitions } from './world.ts';

describe('when the broker fails', () => {
  let world: World;
  let proxy: ServerProxy;
  beforeEach(async () => {
    world = await createWorld();
    proxy = await createProxy(world.vhost.url);
  });
  afterEach(async () => {
    proxy.resume();
    await world.drop();
    await proxy.close();
  });
  const appendMany = (first: number, count: number) =>
    inTransaction(world.database.db, async (trx) => {
      for (let version = first; version < first + count; version += 1) world.appendIn(trx, { aggregate: 'a', version });
    });
  const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

  it('waits for one that is not there at start, without a session, and sends when it comes', async () => {
    await appendMany(0, 10);
    const { lane } = await world.startLane({ amqpUrl: proxy.url });
    expect(lane.state()).to.equal('connecting');
    expect(() => lane.check()).to.throw('connecting');

    await proxy.open();

    await waitFor('all arrive', () => world.received.length === 10);
    expect(lane.state()).to.equal('leading');
    lane.check();
    await untilDrained(world);
  });

  it('leaves a large backlog alone until it comes, and then sends it in the order of each aggregate', async () => {
    const { lane, counts } = await world.startLane({ amqpUrl: proxy.url });
    await world.rows(
      `INSERT INTO outbox (message_id, routing_key, aggregate_type, aggregate_id, aggregate_version, payload)
       SELECT gen_random_uuid(), 'order.created', 'order', n % 20, n / 20, '{}' FROM generate_series(0, 19999) AS n ORDER BY n`,
    );
    lane.poke();
    await waitFor('they have waited for some time', async () => {
      const [row] = await world.rows<{ waits: boolean }>(
        `SELECT created_at < now() - interval '500 ms' AS waits FROM outbox ORDER BY id LIMIT 1`,
      );
      return row?.waits;
    });
    expect(lane.state()).to.equal('connecting');
    const sessions = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND usename = 'outbox_relay'`;
    expect(await world.rows(sessions)).to.deep.equal([]);

    await proxy.open();

    await untilDrained(world, 30_000);
    await waitFor('all arrive', () => world.received.length === 20_000, 30_000);
    for (let n = 0; n < 20; n += 1) expect(world.versions(String(n))).to.deep.equal(numbers(1_000));
    expect(counts.published).to.equal(20_000);
  });

  it('sends everything, in order, although its connection is cut again and again', async () => {
    await proxy.open();
    const { lane } = await world.startLane({ amqpUrl: proxy.url, limits: { batchSize: 40, window: 80 } });
    for (let round = 0; round < 6; round += 1) {
      await appendMany(round * 400, 400);
      await waitFor('the middle of the round', () => world.versions('a').includes(round * 400 + 100));
      await proxy.close();
      await proxy.open();
    }
    await untilDrained(world, 20_000);
    await waitFor('the last arrives', () => world.versions('a').includes(2_399));

    expect(lane.state()).to.equal('leading');
    expect(withoutRepetitions(world.versions('a'))).to.deep.equal(numbers(2_400));
  });

  it('sends everything, in order, although an operator closes its connection', async () => {
    const { broker } = await world.startLane({ limits: { batchSize: 40, window: 80 } });
    await appendMany(0, 1);
    let next = 1;
    await closeConnectionsOf(world, async () => {
      await appendMany(next, 50);
      next += 50;
    });
    await waitFor('the connection is closed', () => broker.state() === 'down');
    await appendMany(next, 50);
    await untilDrained(world, 20_000);
    await waitFor('the last arrives', () => world.versions('a').includes(next + 49));

    expect(withoutRepetitions(world.versions('a'))).to.deep.equal(numbers(next + 50));
  });

  it('gives up the lease while it is away, so that a relay which reaches it can lead', async () => {
    await proxy.open();
    const cutOff = await world.startLane({ amqpUrl: proxy.url });
    await waitFor('the first leads', () => cutOff.lane.state() === 'leading');
    const { lane } = await world.startLane();
    await proxy.close();

    await waitFor('the other leads', () => lane.state() === 'leading');
    await appendMany(0, 5);
    await waitFor('all arrive', () => world.received.length === 5);
    expect(cutOff.lane.state()).to.equal('connecting');
  });

  it('G3: sends again over a new channel when no confirm comes', async () => {
    await proxy.open();
    const { lane, broker } = await world.startLane({ amqpUrl: proxy.url, limits: { confirmTimeoutMs: 300 } });
    await appendMany(0, 1);
    await untilDrained(world);
    proxy.silence();
    await appendMany(1, 5);
    await waitFor('they arrive unconfirmed', () => world.received.length === 6);
    await waitFor('the lane is in trouble', () => {
      try {
        lane.check();
        return false;
      } catch (error) {
        return /no confirm within 300 ms/.test((error as Error).message);
      }
    });
    expect(await world.outboxSize()).to.equal(5);
    expect(broker.state()).to.equal('up');

    proxy.resume();

    await untilDrained(world);
    expect(withoutRepetitions(world.versions('a'))).to.deep.equal(numbers(6));
  });

  it('throws a batch away that it read while it learned of a failure, for it may hold what has to wait', async () => {
    await proxy.open();
    const { counts } = await world.startLane({ amqpUrl: proxy.url, limits: { housekeepingMs: 60_000 } });
    await appendMany(0, 1);
    await untilDrained(world);
    proxy.silence();
    proxy.takeSentBytes();
    await world.append({ aggregate: 'b', version: 1, routingKey: 'nobody.listens' });
    await waitFor('the first is sent', () => proxy.takeSentBytes() > 100);
    const later = await world.database.db.transaction();
    await later.raw('LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE');
    await later.raw(
      `INSERT INTO outbox (message_id, routing_key, aggregate_type, aggregate_id, aggregate_version, payload)
       VALUES (gen_random_uuid(), 'order.created', 'order', 'b', 2, '{}')`,
    );
    await waitFor('the lane reads', async () => (await waitingForLocks(world)) > 0);
    proxy.resume();
    await waitFor('the first is known to be returned', () => counts.confirms === 2);

    await later.commit();

    await waitFor('the aggregate waits', async () => (await world.rows('SELECT FROM outbox_blocked')).length === 1);
    await appendMany(1, 1);
    await waitFor('another aggregate goes on', () => world.versions('a').includes(1));
    expect(world.versions('b')).to.deep.equal([]);
  });

  it('neither sends nor gives up while the broker takes nothing, and goes on afterwards', async () => {
    await proxy.open();
    const { lane, broker } = await world.startLane({ amqpUrl: proxy.url, limits: { confirmTimeoutMs: 200 } });
    await appendMany(0, 1);
    await untilDrained(world);

    proxy.say(alarmFrame('blocked'));
    await waitFor('it is told', () => broker.state() === 'blocked');
    proxy.takeSentBytes();
    await appendMany(1, 5);
    lane.poke();
    const rows = await waitFor('it has looked for some time', async () => {
      const [row] = await world.rows<{ waits: boolean }>(
        `SELECT min(created_at) < now() - interval '600 ms' AS waits FROM outbox`,
      );
      return row?.waits;
    });

    expect(rows).to.equal(true);
    expect(proxy.takeSentBytes()).to.be.lessThan(100);
    expect(lane.state()).to.equal('leading');
    expect(world.received).to.have.length(1);

    proxy.say(alarmFrame('unblocked'));
    await untilDrained(world);
    await waitFor('all arrive', () => world.received.length === 6);
  });

  it('does not take a broker that takes nothing for one that forgot its confirms', async () => {
    await proxy.open();
    const { lane } = await world.startLane({ amqpUrl: proxy.url, limits: { confirmTimeoutMs: 300 } });
    await appendMany(0, 1);
    await untilDrained(world);
    proxy.silence();
    await appendMany(1, 1);
    await waitFor('it arrives unconfirmed', () => world.received.length === 2);
    proxy.say(alarmFrame('blocked'));
    const startedAt = performance.now();
    await waitFor('much longer than a confirm may take', () => performance.now() - startedAt > 900);
    lane.check();
    proxy.resume();
    proxy.say(alarmFrame('unblocked'));
    await untilDrained(world);
    expect(world.received).to.have.length(2);
  });
});

async function waitingForLocks(world: World): Promise<number> {
  const rows = await world.rows(
    'SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = database WHERE NOT granted AND datname = current_database()',
  );
  return rows.length;
}

/** Closes the relay's connections by the management API, which learns of connections with a delay; meanwhile the work goes on. */
async function closeConnectionsOf(world: World, meanwhile: () => Promise<void>): Promise<void> {
  const names = await waitFor(
    'the connections are listed',
    async () => {
      await meanwhile();
      const list = (await world.vhost.management('GET', `/vhosts/${world.vhost.name}/connections`)) as {
        name: string;
        user_provided_name?: string;
      }[];
      const own = list.filter((connection) => connection.user_provided_name?.startsWith('outbox-relay@'));
      return own.length > 0 && own.map(({ name }) => name);
    },
    15_000,
  );
  for (const name of names) await world.vhost.management('DELETE', `/connections/${encodeURIComponent(name)}`);
}
