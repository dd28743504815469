import { mock } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createDatabase, type Db } from '@sagacity/chassis/db/database';
import { uuid7 } from '@sagacity/chassis/ids/uuid7';
import { silentLogger } from '@sagacity/chassis/logging/logger';
import { cloneDatabase, type TestDatabase } from '@sagacity/chassis/test-kit/database';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { createSagaCache } from '../src/persistence/saga-cache.ts';
import { catalogue } from '../src/sagas/catalogue.ts';
import { createTimerLoop } from '../src/timers/timer-loop.ts';
import { fireTimers } from '../src/use-cases/fire-timers.ts';
import { createSagaSessions } from '../src/use-cases/saga-session.ts';
import { aReply, sentCommands, take } from './direct-messages.ts';
import { orderCreated } from './order-messages.ts';

/** How long each attempt of `reserve-stock` may take. */
const waitsMs = [5_000, 10_000, 20_000, 40_000];

describe('timers', () => {
  const sessions = createSagaSessions(catalogue, createSagaCache(), () => undefined);
  let database: TestDatabase;
  let db: Db;
  let orderId = 0;
  before(async () => {
    database = await cloneDatabase('sagas_db', 'saga_orchestrator');
    db = database.db;
  });
  afterEach(() => db.raw('TRUNCATE sagas, saga_steps, saga_events, outbox CASCADE'));
  after(() => database.drop());

  it('send a command again whose answer is overdue, and nothing before', async () => {
    const sagaId = await begin();
    expect(await fire()).to.equal(0);
    await letPass(sagaId, 5_100);
    expect(await fire()).to.equal(1);
    expect(await sentCommands(db, sagaId)).to.deep.equal(['reserve-stock:forward#1', 'reserve-stock:forward#2']);
    expect(await fire()).to.equal(0);
  });

  it('G14: only probe after an outage that was longer than every deadline, and the waiting answers then decide', async () => {
    const sagaIds = [await begin(), await begin(), await begin()];
    // All attempts but the last are spent before everything stands still for an hour.
    for (const waitMs of waitsMs.slice(0, -1)) {
      for (const sagaId of sagaIds) await letPass(sagaId, waitMs + 100);
      await fire();
    }
    for (const sagaId of sagaIds) await letPass(sagaId, 3_600_000);
    await fire();
    await take(db, sessions, ...sagaIds.map((sagaId) => aReply(sagaId, 'reserve-stock')));
    for (const sagaId of sagaIds) {
      const sent = await sentCommands(db, sagaId);
      expect(sent.slice(-2)).to.deep.equal(['reserve-stock:forward#5', 'charge-payment:forward#1']);
      expect(sent.filter((command) => command.includes('compensate'))).to.deep.equal([]);
    }
  });

  for (const { at, answered, awaited } of [
    { at: 'the reservation', answered: [], awaited: ['reserve-stock'] },
    { at: 'the charge', answered: ['reserve-stock'], awaited: ['charge-payment'] },
    { at: 'the confirmation', answered: ['reserve-stock', 'charge-payment'], awaited: ['confirm-order'] },
    {
      at: 'the capture',
      answered: ['reserve-stock', 'charge-payment', 'confirm-order'],
      awaited: ['capture-payment', 'commit-stock'],
    },
  ]) {
    it(`G14: only probe, and undo nothing, after the orchestrator was away twice for an hour while it waited for ${at}`, async () => {
      const sagaId = await begin();
      for (const step of answered) await take(db, sessions, aReply(sagaId, step));
      for (let outage = 0; outage < 2; outage += 1) {
        await letPass(sagaId, 3_600_000);
        expect(await fire()).to.equal(1);
      }
      await take(db, sessions, ...awaited.map((step) => aReply(sagaId, step)));

      const sent = await sentCommands(db, sagaId);
      expect(sent.filter((command) => !command.includes(':forward#'))).to.deep.equal([]);
      for (const step of awaited) expect(sent).to.include(`${step}:forward#3`);
      expect((await db('sagas').where({ id: sagaId }).first()).state).to.be.oneOf(['running', 'completed']);
    });
  }

  it('G14: go by the clock of the database, whatever the clock of the process says', async () => {
    const sagaId = await begin();
    mock.timers.enable({ apis: ['Date'], now: Date.now() + 3_600_000 });
    try {
      expect(await fire()).to.equal(0);
      await take(db, sessions, aReply(sagaId, 'reserve-stock', { outcome: 'transient' }));
    } finally {
      mock.timers.reset();
    }
    const [step] = await db('saga_steps').where({ saga_id: sagaId, step: 'reserve-stock' });
    expect(step.wake_at.getTime()).to.be.lessThan(Date.now() + 60_000);
    expect(await sentCommands(db, sagaId)).to.deep.equal(['reserve-stock:forward#1']);
  });

  it('go back once all attempts were made in time', async () => {
    const sagaId = await begin();
    for (const waitMs of waitsMs) {
      await letPass(sagaId, waitMs + 100);
      await fire();
    }
    expect((await sentCommands(db, sagaId)).at(-1)).to.equal('reserve-stock:compensate#1');
  });

  it('fire once, however many instances look for them', async () => {
    const sagaIds = [];
    for (let saga = 0; saga < 40; saga += 1) sagaIds.push(await begin());
    for (const sagaId of sagaIds) await letPass(sagaId, 5_100);
    const other = createDatabase({ url: database.url, applicationName: 'other', poolMax: 4 });
    const otherSessions = createSagaSessions(catalogue, createSagaCache(), () => undefined);
    const otherDeps = { db: other, sessions: otherSessions, logger: silentLogger };
    const fired = await Promise.all([fire(10), fireTimers(otherDeps, 10), fire(10), fireTimers(otherDeps, 10)]);
    await other.destroy();
    expect(fired.reduce((sum, count) => sum + count, 0)).to.equal(40);
    for (const sagaId of sagaIds) expect(await sentCommands(db, sagaId)).to.have.lengthOf(2);
  });

  it('pass over a saga that another instance is working on', async () => {
    const held = await begin();
    const free = await begin();
    for (const sagaId of [held, free]) await letPass(sagaId, 5_100);
    const holding = await db.transaction();
    await holding('sagas').where({ id: held }).forUpdate().first();
    try {
      expect(await Promise.race([fire(), delay(2_000, 'waits for the lock')])).to.equal(1);
    } finally {
      await holding.rollback();
    }
    expect(await sentCommands(db, held)).to.have.lengthOf(1);
    expect(await fire()).to.equal(1);
  });

  it('put off a saga that cannot go on, so that the others do', async () => {
    const broken = await begin();
    const sound = await begin();
    for (const sagaId of [broken, sound]) await letPass(sagaId, 5_100);
    await db('sagas').where({ id: broken }).update({ definition_version: 99 });
    await fire();
    expect(await sentCommands(db, sound)).to.have.lengthOf(2);
    expect(await sentCommands(db, broken)).to.have.lengthOf(1);
    expect(await fire()).to.equal(0);
  });

  it('find nothing to do at a wake-up that was left where it was, and move it without a new version', async () => {
    const sagaId = await begin();
    await letPass(sagaId, 3_000);
    await take(db, sessions, aReply(sagaId, 'reserve-stock'));
    const before = await db('sagas').where({ id: sagaId }).first();
    await db('sagas')
      .where({ id: sagaId })
      .update({ next_wakeup_at: db.raw("now() - interval '1 second'") });
    await fire();
    const after = await db('sagas').where({ id: sagaId }).first();
    expect(await sentCommands(db, sagaId)).to.deep.equal(['reserve-stock:forward#1', 'charge-payment:forward#1']);
    expect(after.version).to.equal(before.version);
    const [step] = await db('saga_steps').where({ saga_id: sagaId, step: 'charge-payment' });
    expect(after.next_wakeup_at).to.deep.equal(step.wake_at);
  });

  it('run by themselves, but stand still while the broker is away', async () => {
    const sagaId = await begin();
    await letPass(sagaId, 5_100);
    let connected = false;
    let asked = 0;
    const isConnected = () => {
      asked += 1;
      return connected;
    };
    const loop = createTimerLoop({ db, sessions, logger: silentLogger, isConnected, graceMs: 0 });
    await loop.start();
    try {
      await waitFor('two rounds', () => asked >= 2);
      expect(await sentCommands(db, sagaId)).to.have.lengthOf(1);
      connected = true;
      await waitFor('the timer', async () => (await sentCommands(db, sagaId)).length === 2);
    } finally {
      await loop.stop();
    }
    await loop.stop();
  });

  function fire(limit = 100): Promise<number> {
    return fireTimers({ db, sessions, logger: silentLogger }, limit);
  }

  async function begin(): Promise<string> {
    orderId += 1;
    const sagaId = uuid7();
    await take(db, sessions, orderCreated(orderId, sagaId));
    return sagaId;
  }

  /** Moves a saga's times into the past, as if so much time had gone by: a change of its steps, which makes a new version. */
  async function letPass(sagaId: string, ms: number): Promise<void> {
    const earlier = (column: string) => db.raw("?? - ? * interval '1 millisecond'", [column, ms]);
    await db('sagas')
      .where({ id: sagaId })
      .update({ next_wakeup_at: earlier('next_wakeup_at'), version: db.raw('version + 1') });
    await db('saga_steps')
      .where({ saga_id: sagaId })
      .update({
        wake_at: earlier('wake_at'),
        first_sent_at: earlier('first_sent_at'),
        last_sent_at: earlier('last_sent_at'),
      });
  }
});
