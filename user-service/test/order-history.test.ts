import type { Trx } from '@sagacity/chassis/db/database';
import { cloneDatabase, type TestDatabase } from '@sagacity/chassis/test-kit/database';
import { sideBySide } from '@sagacity/chassis/test-kit/side-by-side';
import { expect } from 'chai';
import { recordOrder } from '../src/use-cases/record-order.ts';

describe('order history', () => {
  let database: TestDatabase;
  before(async () => {
    database = await cloneDatabase('users_db', 'user_service');
  });
  beforeEach(() => database.db.raw('TRUNCATE order_history'));
  after(() => database.drop());

  it('keeps the newest state of each order of a batch, whatever their order, in as many statements as one order has events', async () => {
    const { statements } = await sideBySide(database.db, [
      record(1, 'confirmed', 2),
      record(2, 'pending', 1),
      record(1, 'pending', 1),
      record(3, 'pending', 1),
      record(2, 'rejected', 2),
    ]);

    expect(statements).to.equal(2);
    expect(await statuses()).to.deep.equal(['confirmed', 'rejected', 'pending']);
    await sideBySide(database.db, [record(1, 'pending', 1), record(3, 'confirmed', 2)]);
    expect(await statuses()).to.deep.equal(['confirmed', 'rejected', 'confirmed']);
  });

  const statuses = () => database.db('order_history').orderBy('order_id').pluck('status');
});

function record(order_id: number, status: string, version: number) {
  const times = { created_at: '2026-01-01T00:00:00.000Z', updated_at: '2026-01-01T00:00:00.000Z' };
  const order = { order_id, user_id: 7, status, total_amount: 19.99, currency: 'EUR', item_count: 1, ...times };
  return (trx: Trx) => recordOrder(trx, order, version);
}
