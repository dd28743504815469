import { createDatabase, type Db } from '@sagacity/chassis/db/database';
import { inTransaction } from '@sagacity/chassis/db/transaction';
import { uuid7 } from '@sagacity/chassis/ids/uuid7';
import { cloneDatabase, type TestDatabase } from '@sagacity/chassis/test-kit/database';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { createSagaCache } from '../src/persistence/saga-cache.ts';
import { catalogue } from '../src/sagas/catalogue.ts';
import { createSagaSessions } from '../src/use-cases/saga-session.ts';
import { aReply, sentCommands, take, withoutOutbox } from './direct-messages.ts';
import { orderCancelRequested, orderCreated } from './order-messages.ts';

describe('what the orchestrator writes', () => {
  const sessions = createSagaSessions(catalogue, createSagaCache(), () => undefined);
  let database: TestDatabase;
  let db: Db;
  let orderId = 0;
  before(async () => {
    database = await cloneDatabase('sagas_db', 'saga_orchestrator');
    db = database.db;
  });
  beforeEach(() => {
    orderId += 1;
  });
  after(() => database.drop());

  it('G15: is all there or nothing of it: when the outbox cannot be written, the saga is as it was', async () => {
    const sagaId = uuid7();
    await take(db, sessions, orderCreated(orderId, sagaId));
    const before = await everythingOf(sagaId);
    const failing = aReply(sagaId, 'reserve-stock');
    await withoutOutbox(database, () => rejects(take(db, sessions, failing)));
    expect(await everythingOf(sagaId)).to.deep.equal(before);
    await take(db, sessions, failing);
    expect(await sentCommands(db, sagaId)).to.deep.equal(['reserve-stock:forward#1', 'charge-payment:forward#1']);
  });

  it('happens once when a message comes again after its commit was not acknowledged', async () => {
    const sagaId = uuid7();
    const created = orderCreated(orderId, sagaId);
    expect(await take(db, sessions, created)).to.deep.equal(['handled']);
    const reply = aReply(sagaId, 'reserve-stock');
    await take(db, sessions, reply);
    const before = await everythingOf(sagaId);
    expect(await take(db, sessions, created, reply)).to.deep.equal(['duplicate', 'duplicate']);
    expect(await everythingOf(sagaId)).to.deep.equal(before);
  });

  it('is the same for many messages in one transaction, in their order, as for one by one', async () => {
    const one = uuid7();
    const many = uuid7();
    const script = (sagaId: string, id: number) => [
      orderCreated(id, sagaId),
      aReply(sagaId, 'reserve-stock'),
      aReply(sagaId, 'charge-payment', { outcome: 'refused', code: 'payment.declined' }),
      aReply(sagaId, 'reserve-stock'),
      aReply(sagaId, 'reserve-stock', { direction: 'compensate' }),
    ];
    for (const message of script(one, 1000 + orderId)) await take(db, sessions, message);
    await take(db, sessions, ...script(many, 2000 + orderId));
    expect(await sentCommands(db, many)).to.deep.equal(await sentCommands(db, one));
    const kinds = (sagaId: string) => db('saga_events').where({ saga_id: sagaId }).orderBy('seq').pluck('kind');
    expect(await kinds(many)).to.deep.equal(await kinds(one));
    const [state] = await db('sagas').where({ id: many }).pluck('state');
    expect(state).to.equal('compensating');
  });

  it('takes as many statements for fifty sagas as for one', async () => {
    const ids = Array.from({ length: 50 }, () => uuid7());
    const created = ids.map((id, index) => orderCreated(10_000 + index, id));
    const first = created.slice(0, 1);
    expect(await statementsOf(() => take(db, sessions, ...created.slice(1)))).to.equal(
      await statementsOf(() => take(db, sessions, ...first)),
    );
    const replies = ids.map((id) => aReply(id, 'reserve-stock'));
    const single = await statementsOf(() => take(db, sessions, ...replies.slice(0, 1)));
    expect(await statementsOf(() => take(db, sessions, ...replies.slice(1)))).to.equal(single);
    // Inbox, lock, clock, write, outbox, between BEGIN and COMMIT.
    expect(single).to.equal(5);
    const elsewhere = createSagaSessions(catalogue, createSagaCache(), () => undefined);
    const next = ids.map((id) => aReply(id, 'charge-payment'));
    // The sagas and their steps as well, where they are not known.
    expect(await statementsOf(() => take(db, elsewhere, ...next))).to.equal(7);
  });

  it('is refused when the saga is not as it was read', async () => {
    const sagaId = uuid7();
    await take(db, sessions, orderCreated(orderId, sagaId));
    const before = await everythingOf(sagaId);
    const meddled = inTransaction(db, async (trx) => {
      const session = sessions.of(trx);
      await session.load([sagaId]);
      await trx('sagas').where({ id: sagaId }).increment('version');
      session.give(
        sagaId,
        { kind: 'cancel', cancel: { by: 'order', actor: null, reason: null }, messageId: uuid7() },
        {},
      );
    });
    expect((await rejects(meddled)).message).to.contain('a version did not match');
    expect(await everythingOf(sagaId)).to.deep.equal(before);
  });

  it('never changes nor deletes a line of a timeline', async () => {
    const sagaId = uuid7();
    await take(db, sessions, orderCreated(orderId, sagaId));
    const lines = db('saga_events').where({ saga_id: sagaId });
    await rejects(lines.clone().update({ kind: 'other' }));
    await rejects(lines.clone().delete());
  });

  it('moves a wake-up only when it must come earlier, and takes it away at the end', async () => {
    const sagaId = uuid7();
    await take(db, sessions, orderCreated(orderId, sagaId));
    const wakeup = async () => (await db('sagas').where({ id: sagaId }).first()).next_wakeup_at;
    const first = await wakeup();
    await take(db, sessions, aReply(sagaId, 'reserve-stock'));
    expect(await wakeup()).to.deep.equal(first);
    await take(db, sessions, aReply(sagaId, 'charge-payment', { outcome: 'transient', retry_after_ms: 10 }));
    expect((await wakeup()).getTime()).to.be.lessThan(first.getTime());
    await take(db, sessions, aReply(sagaId, 'charge-payment'), aReply(sagaId, 'confirm-order'));
    await take(db, sessions, aReply(sagaId, 'capture-payment'), aReply(sagaId, 'commit-stock'));
    expect(await wakeup()).to.equal(null);
  });

  async function everythingOf(sagaId: string) {
    return {
      saga: await db('sagas').where({ id: sagaId }).first(),
      steps: await db('saga_steps').where({ saga_id: sagaId }).orderBy(['step', 'direction']),
      events: await db('saga_events').where({ saga_id: sagaId }).orderBy('seq'),
      sent: await sentCommands(db, sagaId),
      inbox: await db('inbox').orderBy('message_id').pluck('message_id'),
    };
  }

  async function statementsOf(work: () => Promise<unknown>): Promise<number> {
    let statements = 0;
    const count = () => {
      statements += 1;
    };
    db.on('query', count);
    await work();
    db.removeListener('query', count);
    return statements;
  }
});

async function rejects(work: PromiseLike<unknown>): Promise<Error> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('it did not reject');
}

describe('two orchestrators', () => {
  const sessions = createSagaSessions(catalogue, createSagaCache(), () => undefined);
  const others = createSagaSessions(catalogue, createSagaCache(), () => undefined);
  let database: TestDatabase;
  let one: Db;
  let other: Db;
  before(async () => {
    database = await cloneDatabase('sagas_db', 'saga_orchestrator');
    one = database.db;
    other = createDatabase({ url: database.url, applicationName: 'other', poolMax: 10 });
  });
  after(async () => {
    await other.destroy();
    await database.drop();
  });

  it('take different replies to the same saga one after the other, and each counts', async () => {
    for (let round = 1; round <= 10; round += 1) {
      const sagaId = uuid7();
      await take(one, sessions, orderCreated(round, sagaId));
      const steps = ['reserve-stock', 'charge-payment', 'confirm-order'];
      for (const step of steps) await take(one, sessions, aReply(sagaId, step));
      await Promise.all([
        take(one, sessions, aReply(sagaId, 'capture-payment')),
        take(other, others, aReply(sagaId, 'commit-stock')),
      ]);
      expect((await one('sagas').where({ id: sagaId }).first()).state).to.equal('completed');
    }
  });

  it('take the same reply once', async () => {
    for (let round = 101; round <= 110; round += 1) {
      const sagaId = uuid7();
      await take(one, sessions, orderCreated(round, sagaId));
      const reply = aReply(sagaId, 'reserve-stock');
      const results = await Promise.all([take(one, sessions, reply), take(other, others, reply)]);
      expect(results.flat().sort()).to.deep.equal(['duplicate', 'handled']);
      expect(await sentCommands(one, sagaId)).to.deep.equal(['reserve-stock:forward#1', 'charge-payment:forward#1']);
    }
  });

  it('do not lock each other out over batches of the same sagas in opposite order', async () => {
    const ids = Array.from({ length: 20 }, () => uuid7());
    await take(one, sessions, ...ids.map((id, index) => orderCreated(200 + index, id)));
    await Promise.all([
      take(one, sessions, ...ids.map((id) => aReply(id, 'reserve-stock'))),
      take(other, others, ...ids.toReversed().map((id) => aReply(id, 'charge-payment', { attempt: 9 }))),
    ]);
    const kinds = await one('saga_events').whereIn('saga_id', ids).where('kind', 'like', 'reply.%').pluck('kind');
    expect(kinds.filter((kind) => kind === 'reply.applied')).to.have.lengthOf(20);
    expect(kinds.filter((kind) => kind === 'reply.orphan')).to.have.lengthOf(20);
  });

  it('lock sagas in the order of their ids: whoever waits for the first holds none of the others', async () => {
    const ids = Array.from({ length: 20 }, () => uuid7());
    await take(one, sessions, ...ids.map((id, index) => orderCreated(250 + index, id)));
    const holding = await other.transaction();
    await holding('sagas').where({ id: ids[0] }).forUpdate().first();
    const waiting = take(one, sessions, ...ids.toReversed().map((id) => aReply(id, 'reserve-stock')));
    await waitFor('a transaction that waits for a lock', () =>
      other('pg_stat_activity').where({ datname: database.name, wait_event_type: 'Lock' }).first('pid'),
    );
    const free = await holding('sagas').whereIn('id', ids.slice(1)).forUpdate().skipLocked().pluck('id');
    await holding.rollback();
    await waiting;
    expect(free).to.have.lengthOf(19);
  });

  it('G5: never lose a request to cancel that is handled at the moment when the saga begins', async () => {
    for (let round = 301; round <= 330; round += 1) {
      const sagaId = uuid7();
      const created = () => take(one, sessions, orderCreated(round, sagaId));
      const cancelled = () => take(other, others, orderCancelRequested(round, sagaId));
      await Promise.all(round % 2 === 0 ? [created(), cancelled()] : [cancelled(), created()]);
      const saga = await one('sagas').where({ id: sagaId }).first();
      expect(saga.cancel, `round ${round}`).to.include({ by: 'order', reason: 'changed my mind' });
    }
    expect(await one('early_cancels')).to.deep.equal([]);
  });
});

describe('a request to cancel that comes before its order', () => {
  const sessions = createSagaSessions(catalogue, createSagaCache(), () => undefined);
  let database: TestDatabase;
  before(async () => {
    database = await cloneDatabase('sagas_db', 'saga_orchestrator');
  });
  after(() => database.drop());

  it('G5: waits for the saga, which turns back as soon as it can', async () => {
    const sagaId = uuid7();
    const { db } = database;
    await take(db, sessions, orderCancelRequested(1, sagaId));
    expect(await db('early_cancels')).to.have.lengthOf(1);
    await take(db, sessions, orderCreated(1, sagaId));
    await take(db, sessions, aReply(sagaId, 'reserve-stock'));
    expect(await sentCommands(db, sagaId)).to.deep.equal(['reserve-stock:forward#1', 'reserve-stock:compensate#1']);
    expect(await db('early_cancels')).to.deep.equal([]);
  });

  it('is not lost in the same batch either', async () => {
    const sagaId = uuid7();
    const { db } = database;
    await take(db, sessions, orderCancelRequested(2, sagaId), orderCreated(2, sagaId));
    expect((await db('sagas').where({ id: sagaId }).first()).cancel).to.include({ by: 'order' });
    expect(await db('early_cancels')).to.deep.equal([]);
  });
});
