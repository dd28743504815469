import type { Db } from '@sagacity/chassis/db/database';
import { uuid7 } from '@sagacity/chassis/ids/uuid7';
import { cloneDatabase, type TestDatabase } from '@sagacity/chassis/test-kit/database';
import { expect } from 'chai';
import { createSagaCache } from '../src/persistence/saga-cache.ts';
import { cancelOrder } from '../src/sagas/cancel-order.ts';
import { type Catalogue, catalogue, createCatalogue } from '../src/sagas/catalogue.ts';
import { placeOrder } from '../src/sagas/place-order.ts';
import { registerDefinitions } from '../src/use-cases/register-definitions.ts';
import { createSagaSessions } from '../src/use-cases/saga-session.ts';
import { take } from './direct-messages.ts';
import { orderCreated } from './order-messages.ts';

describe('the definitions of a process', () => {
  const sessions = createSagaSessions(catalogue, createSagaCache(), () => undefined);
  let database: TestDatabase;
  let db: Db;
  before(async () => {
    database = await cloneDatabase('sagas_db', 'saga_orchestrator');
    db = database.db;
    await registerDefinitions(db, catalogue);
    await take(db, sessions, orderCreated(1, uuid7()));
  });
  after(() => database.drop());

  it('are stored with version, hash and graph, once', async () => {
    await registerDefinitions(db, catalogue);
    const rows = await db('saga_definitions').orderBy('type');
    expect(rows.map(({ type, version }) => [type, version])).to.deep.equal([
      ['cancel-order', 1],
      ['place-free-order', 1],
      ['place-order', 1],
    ]);
    expect(rows[2].graph.groups.flat().map(({ name }: { name: string }) => name)).to.deep.equal([
      'reserve-stock',
      'charge-payment',
      'confirm-order',
      'capture-payment',
      'commit-stock',
    ]);
  });

  it('must have what a saga in flight needs', async () => {
    const newer = createCatalogue([{ ...placeOrder, version: 2 }, cancelOrder]);
    expect(await refusal(newer)).to.equal(
      'cannot run the sagas in flight: 1 sagas in flight need place-order v1, which this version does not have',
    );
    await registerDefinitions(db, createCatalogue([{ ...placeOrder, version: 2 }, placeOrder, cancelOrder]));
  });

  it('must have it in the form in which it began', async () => {
    const changed = createCatalogue([{ ...placeOrder, attentionAfterMs: 1 }, cancelOrder]);
    expect(await refusal(changed)).to.contain('need place-order v1 as it was: give the changed one a new version');
    await db('sagas').update({ state: 'completed', phase: 'completed', ended_at: new Date(), next_wakeup_at: null });
    await registerDefinitions(db, changed);
  });

  async function refusal(wrong: Catalogue): Promise<string> {
    try {
      await registerDefinitions(db, wrong);
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error('it was not refused');
  }
});
