import { cloneDatabase, type TestDatabase } from '@sagacity/chassis/test-kit/database';
import { expect } from 'chai';
import { readBatch, readDueBlocked } from '../src/lane/read-batch.ts';
import type { Session } from '../src/lane/session.ts';
import { openRelaySession } from './relay-session.ts';

describe('reading a batch', () => {
  let database: TestDatabase;
  let session: Session;
  before(async () => {
    database = await cloneDatabase('orders_db', 'order_service');
    session = await openRelaySession(database);
  });
  after(async () => {
    await session.close();
    await database.drop();
  });
  beforeEach(() => database.db.raw('TRUNCATE outbox RESTART IDENTITY'));
  const append = (rows: number, bytes = 2) =>
    database.db.raw(
      `INSERT INTO outbox (message_id, routing_key, aggregate_type, aggregate_id, aggregate_version, payload)
       SELECT gen_random_uuid(), 'order.created', 'order', (n % 2)::text, n, repeat('x', ?) FROM generate_series(1, ?) AS n`,
      [bytes, rows],
    );
  const idsOf = async (options: { above?: number; inFlight?: number[]; limit?: number }) => {
    const { rows, isFull } = await readBatch(session, { above: 0, inFlight: [], limit: 100, ...options });
    return { ids: rows.map(({ id }) => id), isFull };
  };

  it('gives the rows by id above the mark, without those in flight and those of blocked aggregates', async () => {
    await append(10);
    expect(await idsOf({ above: 2, inFlight: [4, 5] })).to.deep.equal({ ids: [3, 6, 7, 8, 9, 10], isFull: false });
    await database.db.raw(`INSERT INTO outbox_blocked VALUES ('order', '1', 1, now(), 'x')`);
    expect((await idsOf({})).ids).to.deep.equal([2, 4, 6, 8, 10]);
    await database.db.raw('TRUNCATE outbox_blocked');
  });

  it('says when there may be more', async () => {
    await append(10);
    expect(await idsOf({ limit: 4 })).to.deep.equal({ ids: [1, 2, 3, 4], isFull: true });
  });

  it('stops at 8 MiB, but gives a row that is larger than what is left of it', async () => {
    await append(20, 1_000_000);
    const { ids, isFull } = await idsOf({});
    expect(ids).to.have.length(9);
    expect(isFull).to.equal(true);
  });

  it('has its reads planned once, whatever is in flight', async () => {
    const plans = async () => {
      const { rows } = await session.query<{ general: number; own: number }>({
        text: `SELECT generic_plans::integer AS general, custom_plans::integer AS own FROM pg_prepared_statements
               WHERE name = 'read-batch'`,
      });
      return rows[0] ?? { general: 0, own: 0 };
    };
    const inFlight = (count: number) => Array.from({ length: count }, (_, n) => n + 1);
    await append(10);
    const before = await plans();
    for (let count = 0; count < 20; count += 1) await idsOf({ inFlight: inFlight(count) });
    for (let count = 1_001; count < 1_011; count += 1) await idsOf({ inFlight: inFlight(count) });
    const after = await plans();
    // PostgreSQL makes five plans of their own before it compares them with the one that would do for all.
    expect(after.own).to.be.at.most(5);
    expect(after.general + after.own - before.general - before.own).to.equal(30);
  });

  it('gives the rows that block their aggregate only once they are due', async () => {
    await append(6);
    await database.db.raw(`INSERT INTO outbox_blocked VALUES
      ('order', 'due', 3, now() - interval '1 s', 'x'),
      ('order', 'in flight', 4, now() - interval '2 s', 'x'),
      ('order', 'later', 5, now() + interval '1 h', 'x')`);
    const due = await readDueBlocked(session, { inFlight: [4], limit: 10 });
    expect(due.map(({ id }) => id)).to.deep.equal([3]);
    await database.db.raw('TRUNCATE outbox_blocked');
  });
});
