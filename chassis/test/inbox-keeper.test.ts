import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { createDatabase } from '../src/db/database.ts';
import { inboxKeeper } from '../src/inbox/keeper.ts';
import type { Part } from '../src/lifecycle/part.ts';
import { silentLogger } from '../src/logging/logger.ts';
import { cloneDatabase, type TestDatabase } from '../test-kit/database.ts';
import { waitFor } from '../test-kit/wait-for.ts';

const dayMs = 86_400_000;

describe('the keeper of an inbox', () => {
  let database: TestDatabase;
  let keeper: Part | undefined;
  beforeEach(async () => {
    database = await cloneDatabase('orders_db', 'order_service');
  });
  afterEach(async () => {
    await keeper?.stop();
    await database.drop();
  });

  it('remembers messages for 14 days, forgets older ones, and makes room for the coming days', async () => {
    // A clone belongs to who made it; the service's own database belongs to the service.
    await database.runAsAdmin('GRANT CREATE ON SCHEMA public TO order_service');
    const [old, kept] = [idOf(-16), idOf(-13)];
    for (const id of [old, kept]) await database.db('inbox').insert({ message_id: id, consumer: 'c' });
    const tomorrow = `inbox_${new Date(Date.now() + dayMs).toISOString().slice(0, 10).replaceAll('-', '')}`;
    await database.db.raw('DROP TABLE ??', [tomorrow]);
    keeper = inboxKeeper({ db: database.db, logger: silentLogger });

    await keeper.start();

    await waitFor('the old one is forgotten', async () => (await messageIds()).length === 1);
    expect(await messageIds()).to.deep.equal([kept]);
    expect(await database.db.schema.hasTable(tomorrow)).to.equal(true);
  });

  it('starts and stops although the database is away', async () => {
    const db = createDatabase({ url: 'postgres://x:x@127.0.0.1:1/x', applicationName: 'test', poolMax: 1 });
    keeper = inboxKeeper({ db, logger: silentLogger });
    await keeper.start();
    await keeper.stop();
    await db.destroy();
  });

  function messageIds(): Promise<string[]> {
    return database.db('inbox').orderBy('message_id').pluck('message_id');
  }
});

/** A uuid v7 that was made so many days from now. */
function idOf(days: number): string {
  const hex = (Date.now() + days * dayMs).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7${randomUUID().slice(15)}`;
}
