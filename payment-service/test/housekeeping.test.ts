import { silentLogger } from '@sagacity/chassis/logging/logger';
import { cloneDatabase, type TestDatabase } from '@sagacity/chassis/test-kit/database';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { createHousekeeping } from '../src/housekeeping.ts';
import { deleteOldWebhooks } from '../src/persistence/webhook-inbox.ts';

describe('housekeeping', () => {
  let database: TestDatabase;
  before(async () => {
    database = await cloneDatabase('payments_db', 'payment_service');
  });
  beforeEach(() => database.db('webhook_inbox').delete());
  after(() => database.drop());

  it('forgets webhooks of more than 30 days ago, batch by batch, and keeps the others', async () => {
    await came(12, '31 days');
    await came(3, '29 days');
    const part = createHousekeeping({ db: database.db, logger: silentLogger, batch: 5 });
    await part.start();
    await waitFor('the old ones are gone', async () => (await kept()).length === 3);
    await part.stop();
    expect(await kept()).to.deep.equal(['29 days 1', '29 days 2', '29 days 3']);
  });

  it('deletes no more at once than it is told to, the oldest first', async () => {
    await came(3, '40 days');
    await came(2, '50 days');
    expect(await deleteOldWebhooks(database.db, 2)).to.equal(2);
    expect(await kept()).to.deep.equal(['40 days 1', '40 days 2', '40 days 3']);
  });

  it('passes over rows that another instance is deleting', async () => {
    await came(4, '40 days');
    const other = await database.db.transaction();
    await other('webhook_inbox').where({ event_id: '40 days 1' }).forUpdate().first();
    try {
      expect(await deleteOldWebhooks(database.db, 10)).to.equal(3);
    } finally {
      await other.rollback();
    }
    expect(await kept()).to.deep.equal(['40 days 1']);
  });

  async function came(count: number, ago: string): Promise<void> {
    await database.db.raw(
      `INSERT INTO webhook_inbox (provider, event_id, type, outcome, payload, received_at)
       SELECT 'sandbox', ? || ' ' || n, 'capture.moved', 'late', '{}', now() - CAST(? AS interval)
       FROM generate_series(1, ?::integer) AS n`,
      [ago, ago, count],
    );
  }

  function kept(): Promise<string[]> {
    return database.db('webhook_inbox').orderBy('event_id').pluck('event_id');
  }
});
