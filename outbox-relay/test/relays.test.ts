import { createDatabase, type Db } from '@sagacity/chassis/db/database';
import { testServer } from '@sagacity/chassis/test-kit/servers';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { instancePrefix } from '../src/lane/lease.ts';
import { preferredRelay } from '../src/lane/preference.ts';
import { createWorld, type TestLane, untilDrained, type World, withoutRepetitions } from './world.ts';

describe('two relays', () => {
  let world: World;
  let admin: Db;
  beforeEach(async () => {
    world = await createWorld();
    admin = createDatabase({ url: testServer('TEST_POSTGRES_ADMIN_URL'), applicationName: 'test admin', poolMax: 1 });
  });
  afterEach(async () => {
    await admin.destroy();
    await world.drop();
  });
  const leads = ({ lane }: TestLane) => lane.state() === 'leading';
  const terminate = async (where: string) => {
    const { rows } = await admin.raw(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ? AND application_name LIKE ? ${where}`,
      [world.database.name, `${instancePrefix}%`],
    );
    return rows.length as number;
  };
  const leader = `AND EXISTS (SELECT FROM pg_locks WHERE pg_locks.pid = pg_stat_activity.pid AND locktype = 'advisory' AND granted)`;

  it('G2: never lead the same database at once, and the second takes over when the first stops', async () => {
    const lanes = [await world.startLane(), await world.startLane()];
    const first = await waitFor('one leads', () => lanes.find(leads));
    const second = lanes.find((lane) => lane !== first);
    await waitFor('the other stands by', () => second?.lane.state() === 'standby');
    // Many times as long as a standby keeps quiet.
    await write('a', 400);
    await untilDrained(world);
    await waitFor('all arrive', () => world.received.length >= 400);
    expect(world.received).to.have.length(400);
    expect(second?.counts.published).to.equal(0);
    second?.lane.check();

    await first.lane.stop();

    await waitFor('the other leads', () => second && leads(second), 1_000);
  });

  it('G2: lose and reorder nothing while the session of whoever leads is ended again and again', async () => {
    const limits = { batchSize: 50, window: 100 };
    const lanes = [await world.startLane({ limits }), await world.startLane({ limits })];
    const writers = Array.from({ length: 4 }, (_, n) => write(String(n), 300));
    const takeovers = (async () => {
      for (let kill = 0; kill < 6; kill += 1) {
        await waitFor('some more arrive', () => world.received.length > (kill + 1) * 150, 15_000);
        await waitFor('the leader is ended', async () => (await terminate(leader)) > 0);
      }
    })();

    await Promise.all([...writers, takeovers]);
    await untilDrained(world, 20_000);
    await waitFor(
      'all arrive',
      () => lanes.some(leads) && new Set(world.received.map(identity)).size === 1_200,
      15_000,
    );

    for (let n = 0; n < 4; n += 1) {
      const expected = Array.from({ length: 300 }, (_, version) => version + 1);
      expect(withoutRepetitions(world.versions(String(n)))).to.deep.equal(expected);
    }
    expect(world.received.filter(({ fields }) => fields.routingKey === 'order.never')).to.deep.equal([]);
  });

  it('lead again after all their sessions were ended at once', async () => {
    const lanes = [await world.startLane(), await world.startLane()];
    await waitFor('one leads', () => lanes.some(leads));
    await waitFor('all are ended', async () => (await terminate('')) >= 2);
    await world.append();
    await waitFor('it arrives', () => world.received.length > 0);
    await waitFor('one leads, one stands by', () => {
      const states = lanes.map(({ lane }) => lane.state()).sort();
      return states.join() === 'leading,standby';
    });
  });

  it('G2: hand a database over to the one that should have it, in order and without repetitions', async () => {
    const names = ['outbox-relay@one#1', 'outbox-relay@two#2'];
    const preferred = preferredRelay('orders_db', names) ?? '';
    const other = names.find((name) => name !== preferred) ?? '';
    const limits = { peersMs: 100, batchSize: 20, window: 40 };
    const first = await world.startLane({ instance: other, limits });
    await waitFor('the first leads', () => leads(first));
    const writing = write('a', 400);
    await waitFor('some arrive', () => world.received.length > 20);

    const second = await world.startLane({ instance: preferred, limits });

    await waitFor('the preferred one leads', () => leads(second));
    await writing;
    await untilDrained(world);
    await waitFor('all arrive', () => world.received.length >= 400);
    expect(world.versions('a')).to.deep.equal(Array.from({ length: 400 }, (_, n) => n + 1));
    expect(first.lane.state()).to.equal('standby');
  });

  /** Messages of one aggregate, each in a transaction of its own; before every fifth, one with the same version is rolled back. */
  async function write(aggregate: string, count: number): Promise<void> {
    for (let version = 1; version <= count; version += 1) {
      if (version % 5 === 0) await rollBack(aggregate, version);
      await world.append({ aggregate, version });
    }
  }

  async function rollBack(aggregate: string, version: number): Promise<void> {
    const trx = await world.database.db.transaction();
    await trx.raw(
      `INSERT INTO outbox (message_id, routing_key, aggregate_type, aggregate_id, aggregate_version, payload)
       VALUES (gen_random_uuid(), 'order.never', 'order', ?, ?, '{}')`,
      [aggregate, version],
    );
    await trx.rollback();
  }
});

function identity({ properties }: { properties: { messageId?: unknown } }): unknown {
  return properties.messageId;
}
