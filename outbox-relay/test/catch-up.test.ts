import { inTransaction } from '@sagacity/chassis/db/transaction';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { Backlog } from '../src/lane/backlog.ts';
import { createPace } from '../src/lane/pace.ts';
import type { OutboxRow } from '../src/lane/row.ts';
import { openSession, type Session } from '../src/lane/session.ts';
import { createWorld, untilDrained, type World, withoutRepetitions } from './world.ts';

const limits = { batchSize: 50, window: 100 };

describe('after a long outage', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.drop());

  it('what is fresh goes before the backlog, but never before the earlier rows of its own aggregate', async () => {
    await pileUp(3_000, 30);
    await world.startLane({ limits, pace: createPace(500) });
    await waitFor('the backlog is being drained', () => world.received.length >= 300, 20_000);

    await world.append({ aggregate: 'old-29', version: 101 });
    await world.append({ aggregate: 'new', version: 1 });

    await waitFor('the fresh one arrives', () => world.versions('new').length === 1, 10_000);
    expect(world.received.length).to.be.below(2_000);
    expect(await world.outboxSize()).to.be.above(1_000);
    await untilDrained(world, 20_000);
    await waitFor('all arrive', () => world.versions('old-29').includes(101));
    for (let n = 0; n < 30; n += 1) {
      const expected = Array.from({ length: n === 29 ? 101 : 100 }, (_, version) => version + 1);
      expect(withoutRepetitions(world.versions(`old-${n}`))).to.deep.equal(expected);
    }
  });

  it('the backlog waits while consumers are crowded, and what is fresh does not', async () => {
    const piled = 10_000;
    let isCrowded = true;
    // So many that it lasts until it is known, which an open transaction of any database of the server puts off.
    await pileUp(piled, 10);
    await world.startLane({ limits, crowding: { isCrowded: () => isCrowded } });
    // Until the backlog is known it is drained in order, and what is appended before it was noticed belongs to it.
    let probes = 0;
    await waitFor(
      'the backlog is known',
      async () => {
        probes += 1;
        const probe = `probe-${probes}`;
        await world.append({ aggregate: probe });
        return waitFor('the probe arrives', () => world.versions(probe).length > 0, 500);
      },
      20_000,
    );
    const arrived = () => world.received.filter(isOld).length;
    const waiting = () => world.rows("SELECT FROM outbox WHERE aggregate_id LIKE 'old-%'");
    await waitFor('what was in flight has arrived', async () => (await waiting()).length === piled - arrived());
    const before = arrived();
    expect(before).to.be.below(piled);
    for (let version = 1; version <= 10; version += 1) {
      await world.append({ aggregate: 'new', version });
      await waitFor('the fresh one arrives', () => world.versions('new').length === version);
    }
    expect(arrived()).to.equal(before);

    isCrowded = false;

    await untilDrained(world, 20_000);
    await waitFor('all arrive', () => arrived() === piled);
  });

  it('everything is drained in order again once the backlog is gone', async () => {
    await pileUp(200, 10);
    const { lane } = await world.startLane({ limits });
    await untilDrained(world, 20_000);
    for (let version = 21; version <= 40; version += 1) await world.append({ aggregate: 'old-0', version });
    await untilDrained(world);
    await waitFor('all arrive', () => world.versions('old-0').includes(40));
    expect(withoutRepetitions(world.versions('old-0'))).to.deep.equal(Array.from({ length: 40 }, (_, n) => n + 1));
    lane.check();
  });

  /** Rows that were committed an hour ago, their aggregates in turns. */
  async function pileUp(rows: number, aggregates: number): Promise<void> {
    await world.rows(
      `INSERT INTO outbox (message_id, routing_key, aggregate_type, aggregate_id, aggregate_version, payload, created_at)
       SELECT gen_random_uuid(), 'order.created', 'order', 'old-' || n % ${aggregates}, n / ${aggregates} + 1, '{}', now() - interval '1 hour'
       FROM generate_series(0, ${rows - 1}) AS n ORDER BY n`,
    );
  }
});

describe('a backlog', () => {
  let world: World;
  let session: Session;
  before(async () => {
    world = await createWorld();
    session = await openSession({ url: world.relayUrl, applicationName: 'test', onLost: () => undefined });
  });
  after(async () => {
    await session.close();
    await world.drop();
  });
  const learnAll = (backlog: Backlog) =>
    waitFor(
      'it is known',
      async () => {
        await backlog.learn();
        return backlog.isKnown;
      },
      20_000,
    );
  const row = (aggregate_id: string) => ({ aggregate_type: 'order', aggregate_id }) as OutboxRow;

  it('is not known before every id up to its boundary is decided, for an open transaction may hold one', async () => {
    await world.append({ aggregate: 'early' });
    const blocked = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const late = inTransaction(world.database.db, async (trx) => {
      await trx.raw(
        `INSERT INTO outbox (message_id, routing_key, aggregate_type, aggregate_id, aggregate_version, payload)
         VALUES (gen_random_uuid(), 'order.created', 'order', 'late', 1, '{}')`,
      );
      begun.resolve();
      await blocked.promise;
    });
    await begun.promise;
    const backlog = await Backlog.notice(session, 0);
    for (let step = 0; step < 5; step += 1) await backlog.learn();
    expect(backlog.isKnown).to.equal(false);

    blocked.resolve();
    await late;
    await world.append({ aggregate: 'afterwards' });

    await learnAll(backlog);
    expect(backlog.holds(row('early'))).to.equal(true);
    expect(backlog.holds(row('late'))).to.equal(true);
    expect(backlog.holds(row('afterwards'))).to.equal(false);
  });

  it('is surveyed to its end over many pages', async () => {
    await world.rows(
      `INSERT INTO outbox (message_id, routing_key, aggregate_type, aggregate_id, aggregate_version, payload)
       SELECT gen_random_uuid(), 'order.created', 'order', 'many-' || n, 1, '{}' FROM generate_series(1, 40500) AS n`,
    );
    const backlog = await Backlog.notice(session, 0);
    await learnAll(backlog);
    for (let n = 1; n <= 40_500; n += 1) expect(backlog.holds(row(`many-${n}`))).to.equal(true);
  });
});

function isOld({ properties }: World['received'][number]): boolean {
  return String(properties.headers?.['x-aggregate-id']).startsWith('old-');
}
