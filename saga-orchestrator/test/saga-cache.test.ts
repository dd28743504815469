import { createDatabase, type Db } from '@sagacity/chassis/db/database';
import { inTransaction } from '@sagacity/chassis/db/transaction';
import { uuid7 } from '@sagacity/chassis/ids/uuid7';
import { silentLogger } from '@sagacity/chassis/logging/logger';
import type { ReplyBody } from '@sagacity/chassis/participant/envelope';
import { cloneDatabase, type TestDatabase } from '@sagacity/chassis/test-kit/database';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { createSagaCache } from '../src/persistence/saga-cache.ts';
import type { StoredSaga } from '../src/persistence/stored-saga.ts';
import { postponeSaga } from '../src/persistence/timers.ts';
import { catalogue } from '../src/sagas/catalogue.ts';
import { fireTimers } from '../src/use-cases/fire-timers.ts';
import { createSagaSessions, type SagaSessions } from '../src/use-cases/saga-session.ts';
import { aReply, sentCommands, take, withoutOutbox } from './direct-messages.ts';
import { type OrderEvent, orderCancelRequested, orderCreated } from './order-messages.ts';

describe('a process that remembers its sagas', () => {
  let database: TestDatabase;
  let db: Db;
  let one: SagaSessions;
  let other: SagaSessions;
  let sagaId: string;
  let orderId = 0;
  before(async () => {
    database = await cloneDatabase('sagas_db', 'saga_orchestrator');
    db = database.db;
  });
  beforeEach(async () => {
    one = aProcess();
    other = aProcess();
    orderId += 1;
    sagaId = uuid7();
    await take(db, one, orderCreated(orderId, sagaId));
  });
  after(() => database.drop());

  it('reads neither the saga nor its steps again', async () => {
    const reply = aReply(sagaId, 'reserve-stock');

    expect(await readsOf(() => take(db, one, reply))).to.deep.equal([]);

    expect(await readsOf(() => take(db, other, aReply(sagaId, 'charge-payment')))).to.deep.equal([
      'sagas',
      'saga_steps',
    ]);
    expect(await sentCommands(db, sagaId)).to.deep.equal([
      'reserve-stock:forward#1',
      'charge-payment:forward#1',
      'confirm-order:forward#1',
    ]);
  });

  it('remembers what it has read, too', async () => {
    await load(other);
    expect(await readsOf(() => load(other))).to.deep.equal([]);
  });

  it('reads a saga anew that another process has advanced', async () => {
    await take(db, other, aReply(sagaId, 'reserve-stock'));

    const reads = await readsOf(() => take(db, one, aReply(sagaId, 'charge-payment')));

    expect(reads).to.deep.equal(['sagas', 'saga_steps']);
    expect(await sentCommands(db, sagaId)).to.include('confirm-order:forward#1');
    await take(db, other, aReply(sagaId, 'confirm-order'));
    expect(await load(one)).to.deep.equal(await load(aProcess()));
  });

  it('reads a saga as it is once it has its lock, and the clock then', async () => {
    const second = createDatabase({ url: database.url, applicationName: 'second', poolMax: 1 });
    let waiting: Promise<unknown> | undefined;
    let releasedAt = new Date(0);
    await inTransaction(second, async (trx) => {
      const session = other.of(trx);
      await session.load([sagaId]);
      const cancel = { by: 'order', actor: null, reason: null } as const;
      session.give(sagaId, { kind: 'cancel', cancel, messageId: uuid7() }, {});
      waiting = take(db, one, aReply(sagaId, 'reserve-stock'));
      await waitFor('a transaction that waits for the lock', () =>
        // Within a transaction the view stays as it was at first sight.
        db('pg_stat_activity').where({ datname: database.name, wait_event_type: 'Lock' }).first('pid'),
      );
      const { rows } = await trx.raw('SELECT clock_timestamp() AS now');
      releasedAt = rows[0].now;
    });
    await second.destroy();
    await waiting;

    expect(await sentCommands(db, sagaId)).to.deep.equal(['reserve-stock:forward#1', 'reserve-stock:compensate#1']);
    const [updatedAt] = await db('sagas').where({ id: sagaId }).pluck('updated_at');
    expect(updatedAt.getTime()).to.be.at.least(releasedAt.getTime());
  });

  it('has forgotten what was rolled back: another version of that number may come', async () => {
    const reply = aReply(sagaId, 'reserve-stock');
    const fault = await withoutOutbox(database, () => take(db, one, reply).catch((error: unknown) => error));
    expect(fault).to.be.instanceOf(Error);
    await take(db, other, orderCancelRequested(orderId, sagaId));

    await take(db, one, reply);

    expect(await sentCommands(db, sagaId)).to.deep.equal(['reserve-stock:forward#1', 'reserve-stock:compensate#1']);
  });

  it('sees a wake-up that another process has moved, which makes no new version', async () => {
    const { version } = await load(one);
    await postponeSaga(db, sagaId, 60_000);
    expect(await load(one)).to.deep.equal(await load(aProcess()));

    await postponeSaga(db, sagaId, -1_000);
    expect(await fireTimers({ db, sessions: one, logger: silentLogger }, 10)).to.equal(1);

    expect((await load(one)).version).to.equal(version);
    const [wakeup] = await db('sagas').where({ id: sagaId }).pluck('next_wakeup_at');
    const [needed] = await db('saga_steps').where({ saga_id: sagaId }).pluck('wake_at');
    expect(wakeup).to.deep.equal(needed);
  });

  it('knows of a saga what is stored, after each message of its life', async () => {
    const messages: (OrderEvent | ReplyBody)[] = [
      aReply(sagaId, 'reserve-stock', { outcome: 'transient', code: 'stock.busy', retry_after_ms: 700 }),
      aReply(sagaId, 'reserve-stock', { detail: 'at last' }),
      aReply(sagaId, 'reserve-stock'),
      orderCancelRequested(orderId, sagaId),
      aReply(sagaId, 'charge-payment', { outcome: 'refused', code: 'payment.declined', detail: 'no "money" ✗' }),
      aReply(sagaId, 'reserve-stock', { direction: 'compensate', outcome: 'refused', code: 'stock.none' }),
    ];
    for (const message of messages) {
      await take(db, one, message);
      expect(await readsOf(() => load(one))).to.deep.equal([]);
      expect(await load(one)).to.deep.equal(await load(aProcess()));
    }
    expect((await load(one)).instance.attention).to.include({ code: 'step.refused' });
  });

  function aProcess(): SagaSessions {
    return createSagaSessions(catalogue, createSagaCache(), () => undefined);
  }

  async function load(sessions: SagaSessions): Promise<StoredSaga> {
    return inTransaction(db, async (trx) => {
      const session = sessions.of(trx);
      await session.load([sagaId]);
      const saga = session.find(sagaId);
      if (!saga) throw new Error('it is not there');
      return saga;
    });
  }

  /** The tables that were read beyond locking, in the order of reading. */
  async function readsOf(work: () => Promise<unknown>): Promise<string[]> {
    const reads: string[] = [];
    const note = ({ sql }: { sql: string }) => {
      const [, table] = /^SELECT .* JOIN (sagas|saga_steps) ON/s.exec(sql) ?? [];
      if (table && !sql.includes('FOR UPDATE')) reads.push(table);
    };
    db.on('query', note);
    await work();
    db.removeListener('query', note);
    return reads;
  }
});
