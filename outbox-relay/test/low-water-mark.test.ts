import type { Db, Trx } from '@sagacity/chassis/db/database';
import { cloneDatabase, type TestDatabase } from '@sagacity/chassis/test-kit/database';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { LowWaterMark } from '../src/lane/low-water-mark.ts';
import type { Session } from '../src/lane/session.ts';
import { openRelaySession } from './relay-session.ts';

describe('the low-water mark', () => {
  let database: TestDatabase;
  let session: Session;
  let mark: LowWaterMark;
  beforeEach(async () => {
    database = await cloneDatabase('orders_db', 'order_service');
    session = await openRelaySession(database);
    mark = new LowWaterMark();
  });
  afterEach(async () => {
    await session.close();
    await database.drop();
  });

  it('rises to the last id once all are drained', async () => {
    await append(database.db, 5);
    await drain();
    await mark.advance(session);
    // Other databases of the server may have transactions of their own that have to end first.
    await waitFor('it rises', async () => {
      await mark.advance(session);
      return mark.value === 5;
    });
  });

  it('rises right below the first row that is still there', async () => {
    await append(database.db, 5);
    await database.db.raw('DELETE FROM outbox WHERE id IN (1, 2, 4)');
    await mark.advance(session);
    await waitFor('it rises', async () => {
      await mark.advance(session);
      return mark.value === 2;
    });
  });

  it('does not pass the id of a transaction that is undecided, but does after its end', async () => {
    await append(database.db, 2);
    const late = await database.db.transaction();
    await writeBefore(late);
    await append(late, 1);
    await append(database.db, 4);
    await drain();

    for (let n = 0; n < 10; n += 1) await mark.advance(session);
    expect(mark.value).to.equal(0);

    await late.commit();
    await waitFor('it rises up to the late row', async () => {
      await mark.advance(session);
      return mark.value === 2;
    });
    await drain();
    await waitFor('it rises to the end', async () => {
      await mark.advance(session);
      return mark.value === 7;
    });
  });

  it('does not pass the id of the transaction that began last either, after which no other has ended', async () => {
    const late = await database.db.transaction();
    await writeBefore(late);
    await append(late, 1);

    for (let n = 0; n < 10; n += 1) await mark.advance(session);
    expect(mark.value).to.equal(0);

    await late.commit();
    await drain();
    await waitFor('it rises', async () => {
      await mark.advance(session);
      return mark.value === 1;
    });
  });

  it('falls back to a row that appeared below it', async () => {
    const late = await database.db.transaction();
    await append(database.db, 3);
    // An id is taken, but nothing is written: to the mark this transaction does not exist yet.
    await late.raw(`SELECT nextval('outbox_id_seq')`);
    await append(database.db, 3);
    await drain();
    await waitFor('it rises to the end', async () => {
      await mark.advance(session);
      return mark.value === 7;
    });
    await late.raw(
      `${insert(1).replace('INSERT INTO outbox (', 'INSERT INTO outbox (id, ').replace('SELECT', 'OVERRIDING SYSTEM VALUE SELECT 4,')}`,
    );
    await late.commit();

    expect(await mark.check(session)).to.equal(4);
    expect(mark.value).to.equal(3);
    expect(await mark.check(session)).to.equal(undefined);
  });

  const drain = () => database.db.raw('DELETE FROM outbox');
});

async function writeBefore(trx: Trx): Promise<void> {
  await trx.raw('SELECT pg_current_xact_id()');
}

async function append(db: Db | Trx, rows: number): Promise<void> {
  await db.raw(insert(rows));
}

function insert(rows: number): string {
  return `INSERT INTO outbox (message_id, routing_key, aggregate_type, aggregate_id, aggregate_version, payload)
    SELECT gen_random_uuid(), 'order.created', 'order', '1', n, '{}' FROM generate_series(1, ${rows}) AS n`;
}
