import { expect } from 'chai';
import type { Trx } from '../src/db/database.ts';
import { beforeCommit, inTransaction } from '../src/db/transaction.ts';
import { appendEvent } from '../src/outbox/append.ts';
import { createPoke, pokeChannel, registerPoke } from '../src/outbox/poke.ts';
import { cloneDatabase, type TestDatabase } from '../test-kit/database.ts';
import { waitFor } from '../test-kit/wait-for.ts';

describe('outbox', () => {
  let database: TestDatabase;
  before(async () => {
    database = await cloneDatabase('orders_db', 'order_service');
    await database.runAsAdmin(
      'CREATE TABLE things (id int primary key, n int); ALTER TABLE things OWNER TO order_service',
    );
  });
  beforeEach(() => database.db.raw('TRUNCATE outbox, things'));
  after(() => database.drop());

  it('G5: keeps an event if and only if its transaction commits', async () => {
    const failed = await inTransaction(database.db, async (trx) => {
      append(trx, 1);
      throw new Error('no');
    }).catch((error: Error) => error.message);
    expect(failed).to.equal('no');
    expect(await versions()).to.deep.equal([]);
    await inTransaction(database.db, async (trx) => append(trx, 1));
    expect(await versions()).to.deep.equal([1]);
  });

  it('G5: keeps no event of a transaction that fails after the event was written', async () => {
    const failed = await inTransaction(database.db, async (trx) => {
      append(trx, 1);
      beforeCommit(trx, async () => {
        throw new Error('at the very end');
      });
    }).catch((error: Error) => error.message);
    expect(failed).to.equal('at the very end');
    expect(await versions()).to.deep.equal([]);
  });

  it('G15: keeps nothing of the transaction when the event cannot be written', async () => {
    await database.db.raw('ALTER TABLE outbox ADD CONSTRAINT broken CHECK (false) NOT VALID');
    const failed = await inTransaction(database.db, async (trx) => {
      await trx('things').insert({ id: 1, n: 1 });
      append(trx, 1);
    }).catch((error: Error) => error.message);
    await database.db.raw('ALTER TABLE outbox DROP CONSTRAINT broken');
    expect(failed).to.contain('broken');
    expect(await database.db('things').select()).to.deep.equal([]);
  });

  it('writes the events of a transaction in the order in which they were appended', async () => {
    await inTransaction(database.db, async (trx) => {
      for (let version = 1; version <= 50; version += 1) append(trx, version);
    });
    expect(await versions()).to.deep.equal(Array.from({ length: 50 }, (_, n) => n + 1));
    const row = await database.db('outbox').first();
    expect(row).to.include({
      exchange: 'shop.events',
      routing_key: 'thing.changed',
      aggregate_type: 'thing',
      aggregate_id: '7',
    });
    expect(JSON.parse(row.payload)).to.deep.include({
      event_id: row.message_id,
      type: 'thing.changed',
      data: { a: 1 },
    });
    expect(JSON.parse(row.headers)).to.deep.equal({ correlation_id: 'thing-7', causation_id: 'request-1' });
  });

  it('cannot be appended to where nobody would write it', async () => {
    const failed = await database.db.transaction(async (trx) => append(trx, 1)).catch((error: Error) => error.message);
    expect(failed).to.equal('the transaction was not opened by inTransaction');
  });

  it('pokes the relay after the commit, and not after a rollback', async () => {
    let pokes = 0;
    registerPoke(database.db, () => {
      pokes += 1;
    });
    await inTransaction(database.db, async (trx) => {
      append(trx, 1);
      append(trx, 2);
      expect(pokes).to.equal(0);
    });
    expect(pokes).to.equal(1);
    await inTransaction(database.db, async (trx) => {
      append(trx, 3);
      throw new Error('no');
    }).catch(() => undefined);
    await inTransaction(database.db, async (trx) => void (await trx('things').insert({ id: 1, n: 1 })));
    expect(pokes).to.equal(1);
  });

  it('pokes at once when idle, and no more than once an interval when busy, the last commit included', async () => {
    const sent: string[] = [];
    const publish = async (channel: string, message: string) => sent.push(`${channel} ${message}`);
    const poke = createPoke({ database: 'orders_db', publish, onError: () => undefined, intervalMs: 50 });
    poke();
    expect(sent).to.deep.equal([`${pokeChannel} orders_db`]);
    for (let step = 0; step < 20; step += 1) poke();
    expect(sent).to.have.lengthOf(1);
    await waitFor('the poke that was put off', () => sent.length === 2);
  });

  it('S8: runs the whole transaction again after a deadlock', async () => {
    await database.db('things').insert([
      { id: 1, n: 0 },
      { id: 2, n: 0 },
    ]);
    let runs = 0;
    let waiting = 0;
    const both = (first: number, second: number) =>
      inTransaction(database.db, async (trx) => {
        runs += 1;
        await trx('things').where({ id: first }).increment('n', 1);
        waiting += 1;
        await waitFor('the other one holds its row', () => waiting >= 2);
        await trx('things').where({ id: second }).increment('n', 1);
        append(trx, 1);
      });
    await Promise.all([both(1, 2), both(2, 1)]);
    expect(runs).to.be.greaterThan(2);
    expect(await database.db('things').orderBy('id').pluck('n')).to.deep.equal([2, 2]);
    expect(await versions()).to.deep.equal([1, 1]);
  });

  function append(trx: Trx, version: number): void {
    appendEvent(trx, {
      type: 'thing.changed',
      aggregate: { type: 'thing', id: 7, version },
      data: { a: 1 },
      occurredAt: new Date(),
      context: { correlationId: 'thing-7', causationId: 'request-1' },
    });
  }

  async function versions(): Promise<number[]> {
    return database.db('outbox').orderBy('id').pluck('aggregate_version');
  }
});
