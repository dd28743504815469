import { silentLogger } from '@sagacity/chassis/logging/logger';
import { cloneDatabase, type TestDatabase } from '@sagacity/chassis/test-kit/database';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { Housekeeping } from '../src/lane/housekeeping.ts';
import { defaultLimits } from '../src/lane/limits.ts';
import type { Session } from '../src/lane/session.ts';
import { openRelaySession } from './relay-session.ts';

describe('housekeeping of a lane', () => {
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

  it('is due after its time, or after many rows were deleted: an old snapshot keeps them in the way of reads', async () => {
    const limits = { ...defaultLimits, housekeepingMs: 3_600_000, housekeepingRows: 3 };
    const logger = silentLogger;
    const housekeeping = new Housekeeping({ session, database: 'orders_db', instance: 'test', limits, logger });
    expect(housekeeping.isDue()).to.equal(true);
    await housekeeping.run();
    housekeeping.sawDeleted(2);
    expect(housekeeping.isDue()).to.equal(false);
    housekeeping.sawDeleted(1);
    expect(housekeeping.isDue()).to.equal(true);
    await housekeeping.run();
    expect(housekeeping.isDue()).to.equal(false);
  });

  it('lets the mark follow what is deleted between two looks at the clock', async () => {
    const limits = { ...defaultLimits, housekeepingMs: 3_600_000, housekeepingRows: 3 };
    const logger = silentLogger;
    const housekeeping = new Housekeeping({ session, database: 'orders_db', instance: 'test', limits, logger });
    await database.db.raw(
      `INSERT INTO outbox (message_id, routing_key, aggregate_type, aggregate_id, aggregate_version, payload)
       SELECT gen_random_uuid(), 'order.created', 'order', n::text, 1, '{}' FROM generate_series(1, 6) AS n`,
    );
    housekeeping.sawRows();
    await housekeeping.run();
    await database.db.raw('DELETE FROM outbox WHERE id <= 3');
    // Transactions of whoever else uses the server can hold it back for a while.
    await waitFor('the mark follows', async () => {
      housekeeping.sawDeleted(3);
      if (housekeeping.isDue()) await housekeeping.run();
      return housekeeping.mark === 3;
    });
  });
});
