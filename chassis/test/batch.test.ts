import { expect } from 'chai';
import type { Trx } from '../src/db/database.ts';
import { uuid7 } from '../src/ids/uuid7.ts';
import { handleBatch } from '../src/messaging/batch.ts';
import type { IncomingMessage, MessageHandler } from '../src/messaging/handlers.ts';
import type { Accepted } from '../src/messaging/incoming.ts';
import { cloneDatabase, type TestDatabase } from '../test-kit/database.ts';

const consumer = 'test.batch';

describe('batch', () => {
  let database: TestDatabase;
  let told: string[];

  before(async () => {
    database = await cloneDatabase('orders_db', 'order_service');
  });
  after(() => database.drop());
  beforeEach(async () => {
    told = [];
    await database.db('inbox').where({ consumer }).delete();
  });

  it('handles independent messages of different undertakings side by side', async () => {
    const met = Promise.withResolvers<void>();
    const results = await handle(
      independent('order-1', () => met.promise),
      independent('order-2', async () => met.resolve()),
    );
    expect(results).to.deep.equal(['handled', 'handled']);
  });

  it('keeps the order of messages of one undertaking', async () => {
    const first = Promise.withResolvers<void>();
    await handle(
      independent('order-1', async () => {
        await first.promise;
        told.push('first');
      }),
      independent('order-1', async () => void told.push('second')),
      independent('order-2', async () => first.resolve()),
    );
    expect(told).to.deep.equal(['first', 'second']);
  });

  it('handles a message that is not independent alone, after those before it and before those after it', async () => {
    const slowly = (name: string) => async (trx: Trx) => {
      await trx.raw('SELECT 1');
      told.push(name);
    };
    await handle(
      independent('order-1', slowly('before')),
      { ...independent('order-2', slowly('alone')), isIndependent: false },
      independent('order-3', slowly('after')),
    );
    expect(told).to.deep.equal(['before', 'alone', 'after']);
  });

  it('undoes all when one fails, once every one has ended', async () => {
    const failed = Promise.withResolvers<void>();
    const failure = await handle(
      independent('order-1', async () => {
        failed.resolve();
        throw new Error('it broke');
      }),
      independent('order-2', async (trx) => {
        await failed.promise;
        await trx.raw('SELECT 1');
        told.push('ended');
      }),
    ).catch((error: Error) => error.message);
    told.push('rejected');
    const [kept] = await database.db('inbox').where({ consumer }).count({ n: '*' });
    expect([failure, told, Number(kept?.n)]).to.deep.equal(['it broke', ['ended', 'rejected'], 0]);
  });

  it('prepares once for all messages, also for those that turn out to be duplicates', async () => {
    const prepared: string[][] = [];
    const prepare = async (_trx: Trx, messages: readonly IncomingMessage[]) => {
      prepared.push(messages.map(({ messageId }) => messageId));
    };
    const [first, second] = ['order-1', 'order-2'].map((correlationId) =>
      accepted({ ...independent(correlationId, async () => void told.push(correlationId)), prepare }),
    ) as [Accepted, Accepted];
    await handleBatch(database.db, consumer, [first]);
    const results = await handleBatch(database.db, consumer, [first, second]);
    const ids = [first, second].map(({ message }) => message.messageId);
    expect(results).to.deep.equal(['duplicate', 'handled']);
    expect([prepared, told]).to.deep.equal([
      [[ids[0]], ids],
      ['order-1', 'order-2'],
    ]);
  });

  interface Case extends Pick<MessageHandler, 'isIndependent' | 'prepare'> {
    readonly correlationId: string;
    readonly work: (trx: Trx) => Promise<void>;
  }

  function independent(correlationId: string, work: Case['work']): Case {
    return { correlationId, work, isIndependent: true };
  }

  function handle(...cases: readonly Case[]) {
    return handleBatch(database.db, consumer, cases.map(accepted));
  }

  function accepted({ correlationId, work, isIndependent, prepare }: Case): Accepted {
    const handler: MessageHandler = {
      validate: () => ({ valid: true, value: {} }) as never,
      handle: (trx) => work(trx),
      duplicates: 'skip',
      isIndependent: isIndependent === true,
      ...(prepare ? { prepare } : {}),
    };
    const message: IncomingMessage = {
      messageId: uuid7(),
      type: 'test',
      body: {},
      context: { correlationId },
      retryCount: 0,
      redelivered: false,
    };
    return { handler, message };
  }
});
