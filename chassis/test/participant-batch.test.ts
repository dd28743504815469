import { expect } from 'chai';
import type { Trx } from '../src/db/database.ts';
import { inTransaction } from '../src/db/transaction.ts';
import { uuid7 } from '../src/ids/uuid7.ts';
import { handleBatch } from '../src/messaging/batch.ts';
import type { Accepted } from '../src/messaging/incoming.ts';
import { answerCommands, type Command, commandHandlers } from '../src/participant/commands.ts';
import { type CommandSaga, commandBody, idempotencyKey } from '../src/participant/envelope.ts';
import { type CommandOutcome, deferred, done, transient } from '../src/participant/outcomes.ts';
import { cloneDatabase, type TestDatabase } from '../test-kit/database.ts';
import { waitFor } from '../test-kit/wait-for.ts';

type Decision = (trx: Trx, command: Command) => CommandOutcome | Promise<CommandOutcome>;

/** What two commands of one step do to each other, when they are in one transaction, and when each is in its own at the same time. */
describe('saga participant, commands of one step', () => {
  let database: TestDatabase;
  let decide: { forward: Decision; compensate: Decision };
  let handled: string[];

  before(async () => {
    database = await cloneDatabase('orders_db', 'order_service');
  });
  after(() => database.drop());
  beforeEach(async () => {
    handled = [];
    decide = { forward: () => done(), compensate: () => done() };
    await database.db.raw('TRUNCATE outbox, inbox, processed_commands');
  });

  it('leaves a tombstone where a command that was answered transient is compensated in the same batch', async () => {
    const saga = aSaga();
    decide.forward = () => transient('provider.busy', 'later');
    await handle(forward(saga), compensation(saga));
    decide.forward = () => done();
    await handle(forward(saga));
    expect(await outcomes()).to.deep.equal(['forward transient', 'compensate done', 'forward tombstoned']);
    expect(handled).to.deep.equal(['forward absent', 'compensate absent']);
  });

  it('leaves a tombstone where a command that was too late is compensated in the same batch', async () => {
    const saga = aSaga();
    await handle(forward(saga, new Date(Date.now() - 60_000)), compensation(saga));
    await handle(forward(saga, new Date(Date.now() + 60_000)));
    expect(await outcomes()).to.deep.equal(['forward expired', 'compensate done', 'forward tombstoned']);
    expect(handled).to.deep.equal(['compensate absent']);
  });

  it('refuses a command whose compensation is before it in the same batch', async () => {
    const saga = aSaga();
    await handle(compensation(saga), forward(saga));
    expect(await outcomes()).to.deep.equal(['compensate done', 'forward tombstoned']);
  });

  it('handles a command again that was answered transient in the same batch', async () => {
    const saga = aSaga();
    const answers = [transient('provider.busy', 'later'), done()];
    decide.forward = () => answers.shift() ?? done();
    await handle(forward(saga), forward(saga), forward(saga));
    await handle(forward(saga));
    expect(await outcomes()).to.deep.equal(['forward transient', 'forward done', 'forward done', 'forward done']);
    expect(handled).to.have.lengthOf(2);
  });

  it('keeps the answer that a compensation gives to a command deferred in the same batch', async () => {
    const saga = aSaga();
    decide.forward = () => deferred();
    decide.compensate = async (trx) => {
      await answerCommands(trx, [
        { key: idempotencyKey({ ...saga, direction: 'forward' }), outcome: done({ voided: true }) },
      ]);
      return done();
    };
    await handle(forward(saga), compensation(saga));
    await handle(forward(saga));
    expect(await outcomes()).to.deep.equal(['forward done', 'compensate done', 'forward done']);
    expect(handled).to.deep.equal(['forward absent', 'compensate pending']);
  });

  it('lets a compensation wait for its command in another transaction, and tells it what became of it', async () => {
    const saga = aSaga();
    const gate = aGate();
    decide.forward = () => gate.pass();
    const first = handle(forward(saga));
    await gate.reached;
    const second = handle(compensation(saga));
    await someoneWaits();
    gate.open();
    await Promise.all([first, second]);
    expect(await outcomes()).to.deep.equal(['forward done', 'compensate done']);
    expect(handled).to.deep.equal(['forward absent', 'compensate done']);
  });

  it('lets a command wait for its compensation in another transaction, and then refuses it', async () => {
    const saga = aSaga();
    const gate = aGate();
    decide.compensate = () => gate.pass();
    const first = handle(compensation(saga));
    await gate.reached;
    const second = handle(forward(saga));
    await someoneWaits();
    gate.open();
    await Promise.all([first, second]);
    expect(await outcomes()).to.deep.equal(['compensate done', 'forward tombstoned']);
  });

  it('does a command once that two instances get at the same time', async () => {
    const saga = aSaga();
    const gate = aGate();
    decide.forward = () => gate.pass();
    const first = handle(forward(saga));
    await gate.reached;
    const second = handle(forward(saga));
    await someoneWaits();
    gate.open();
    await Promise.all([first, second]);
    expect(await outcomes()).to.deep.equal(['forward done', 'forward done']);
    expect(handled).to.have.lengthOf(1);
  });

  it('claims a batch of fresh commands in one statement and writes their answers in one', async () => {
    const count = await statementsOf(() => handle(...Array.from({ length: 20 }, () => forward(aSaga()))));
    expect(count).to.equal(2);
  });

  it('answers deferred commands together, in one statement and in the order of the answers', async () => {
    const sagas = await deferredSagas(3);
    const answers = sagas.map((saga, n) => ({ key: idempotencyKey(saga), outcome: done({ n }) }));
    const count = await statementsOf(() =>
      inTransaction(database.db, (trx) => answerCommands(trx, answers.toReversed())),
    );
    expect(count).to.equal(1);
    const payloads = await database.db('outbox').orderBy('id').pluck('payload');
    expect(payloads.map((payload) => JSON.parse(payload).result)).to.deep.equal([{ n: 2 }, { n: 1 }, { n: 0 }]);
  });

  it('answers none of them when one is answered twice', async () => {
    const keys = (await deferredSagas(2)).map(idempotencyKey);
    const answers = [...keys, ...keys.slice(0, 1)].map((key) => ({ key, outcome: done() }));
    const failure = await inTransaction(database.db, (trx) => answerCommands(trx, answers)).catch(
      (error: Error) => error.message,
    );
    expect(failure).to.match(/no command waits/);
    expect(await outcomes()).to.deep.equal([]);
    expect(await database.db('processed_commands').pluck('state')).to.deep.equal(['pending', 'pending']);
  });

  const spec = (direction: 'forward' | 'compensate') => ({
    data: { type: 'object' } as const,
    handle: async (trx: Trx, command: Command) => {
      handled.push(`${direction} ${command.forward}`);
      return decide[direction](trx, command);
    },
  });
  const handlers = commandHandlers('test-service', {
    'test-service.hold': spec('forward'),
    'test-service.free': spec('compensate'),
  });

  async function handle(...items: readonly Accepted[]): Promise<void> {
    await handleBatch(database.db, 'test-service.commands', items);
  }

  async function deferredSagas(count: number): Promise<readonly CommandSaga[]> {
    decide.forward = () => deferred();
    const sagas = Array.from({ length: count }, aSaga);
    await handle(...sagas.map((saga) => forward(saga)));
    return sagas;
  }

  /** How many statements about commands the work sends. */
  async function statementsOf(work: () => Promise<void>): Promise<number> {
    let count = 0;
    const note = ({ sql }: { sql: string }) => {
      if (sql.includes('processed_commands')) count += 1;
    };
    database.db.on('query', note);
    await work();
    database.db.off('query', note);
    return count;
  }

  function forward(saga: CommandSaga, deadline: Date | null = null): Accepted {
    return accepted('test-service.hold', { ...saga, direction: 'forward' }, deadline);
  }

  function compensation(saga: CommandSaga): Accepted {
    return accepted('test-service.free', { ...saga, direction: 'compensate' }, null);
  }

  function accepted(type: string, saga: CommandSaga, deadline: Date | null): Accepted {
    const handler = handlers[type];
    if (!handler) throw new Error(`no handler of ${type}`);
    const messageId = uuid7();
    const context = { correlationId: 'order-1' };
    const body = commandBody({ type, saga, issuedAt: new Date(), deadline, data: {}, context }, messageId);
    return { handler, message: { messageId, type, body, context, retryCount: 0, redelivered: false } };
  }

  async function outcomes(): Promise<string[]> {
    const payloads = await database.db('outbox').orderBy('id').pluck('payload');
    return payloads.map((payload) => {
      const { saga, outcome } = JSON.parse(payload);
      return `${saga.direction} ${outcome}`;
    });
  }

  async function someoneWaits(): Promise<void> {
    await waitFor('a transaction waits for the other', async () => {
      const { rows } = await database.db.raw(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      return rows.length > 0;
    });
  }
});

function aSaga(): CommandSaga {
  return { id: uuid7(), type: 'place-order', version: 1, step: 'hold', direction: 'forward', attempt: 1 };
}

/** Holds the handler that passes until the test opens it. */
function aGate() {
  const reached = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  return {
    reached: reached.promise,
    open: () => opened.resolve(),
    pass: async () => {
      reached.resolve();
      await opened.promise;
      return done();
    },
  };
}
