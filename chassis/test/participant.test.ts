import { expect } from 'chai';
import { Registry } from 'prom-client';
import type { Trx } from '../src/db/database.ts';
import { inTransaction } from '../src/db/transaction.ts';
import { uuid7 } from '../src/ids/uuid7.ts';
import { silentLogger } from '../src/logging/logger.ts';
import { type Broker, createBroker } from '../src/messaging/broker.ts';
import { createConsumer } from '../src/messaging/consumer.ts';
import { exchanges } from '../src/messaging/envelope.ts';
import { answerCommand, type Command, commandHandlers, reportTrouble } from '../src/participant/commands.ts';
import { type CommandSaga, commandBody, type ReplyBody } from '../src/participant/envelope.ts';
import { type CommandOutcome, deferred, done, refused, transient } from '../src/participant/outcomes.ts';
import { createVhost, type TestVhost } from '../test-kit/broker.ts';
import { cloneDatabase, type TestDatabase } from '../test-kit/database.ts';
import { waitFor } from '../test-kit/wait-for.ts';

const queue = {
  name: 'test-service.commands',
  bindings: [{ exchange: exchanges.commands, keys: ['test-service.hold', 'test-service.free'] }],
};
const data = {
  type: 'object',
  additionalProperties: false,
  required: ['order_id'],
  properties: { order_id: { type: 'integer' } },
} as const;

describe('saga participant', () => {
  let database: TestDatabase;
  let vhost: TestVhost;
  let broker: Broker;
  let handled: Command[];
  let decide: (trx: Trx, command: Command) => Promise<CommandOutcome> | CommandOutcome;

  before(async () => {
    database = await cloneDatabase('orders_db', 'order_service');
    vhost = await createVhost();
    broker = createBroker({ url: vhost.url, service: 'test-service', queues: [queue], logger: silentLogger });
    await broker.start();
    const handle = (trx: Trx, command: Command<{ order_id: number }>) => {
      handled.push(command);
      return Promise.resolve(decide(trx, command));
    };
    const consumer = createConsumer({
      broker,
      db: database.db,
      queue: queue.name,
      handlers: commandHandlers('test-service', {
        'test-service.hold': { data, handle },
        'test-service.free': { data, handle },
      }),
      logger: silentLogger,
      metrics: new Registry(),
    });
    await consumer.start();
    after(async () => {
      await consumer.stop();
      await broker.stop();
      await vhost.drop();
      await database.drop();
    });
  });
  beforeEach(async () => {
    handled = [];
    decide = () => done({ held: true });
    await database.db.raw('TRUNCATE outbox, inbox, processed_commands');
  });

  it('does a command and answers it in one transaction', async () => {
    const id = await send('forward');
    const [reply] = await replies(1);
    expect(reply).to.deep.include({ in_reply_to: id, outcome: 'done', result: { held: true } });
    expect(reply?.type).to.equal('place-order.hold.done');
    expect(handled).to.have.lengthOf(1);
  });

  it('does a command once and answers each repetition with the stored reply, whatever its message id', async () => {
    const saga = aSaga();
    await send('forward', { saga });
    await replies(1);
    const again = await send('forward', { saga: { ...saga, attempt: 2 } });
    const [, second] = await replies(2);
    expect(second).to.deep.include({ in_reply_to: again, outcome: 'done', result: { held: true } });
    expect(second?.saga.attempt).to.equal(2);
    expect(handled).to.have.lengthOf(1);
  });

  it('answers a message that is delivered twice twice, and does it once', async () => {
    const messageId = uuid7();
    await send('forward', { messageId });
    await replies(1);
    await send('forward', { messageId, saga: handled[0]?.saga ?? aSaga() });
    await replies(2);
    expect(handled).to.have.lengthOf(1);
  });

  it('remembers a refusal, and forgets a fault that passes', async () => {
    decide = () => refused('stock.insufficient', 'none left', { short: [1] });
    const saga = aSaga();
    await send('forward', { saga });
    await replies(1);
    decide = () => done();
    await send('forward', { saga });
    const both = await replies(2);
    expect(both.map(({ outcome, code }) => `${outcome} ${code}`)).to.deep.equal([
      'refused stock.insufficient',
      'refused stock.insufficient',
    ]);
    decide = () => transient('provider.busy', 'later', 500);
    const other = aSaga();
    await send('forward', { saga: other });
    await replies(3);
    decide = () => done();
    await send('forward', { saga: other });
    const all = await replies(4);
    expect(all[2]).to.include({ outcome: 'transient', retry_after_ms: 500 });
    expect(all[3]).to.include({ outcome: 'done' });
  });

  it('G11: refuses a command that comes after its compensation', async () => {
    const saga = aSaga();
    await send('compensate', { saga });
    await replies(1);
    expect(handled[0]?.forward).to.equal('absent');
    await send('forward', { saga });
    const [, late] = await replies(2);
    expect(late?.outcome).to.equal('tombstoned');
    expect(handled).to.have.lengthOf(1);
  });

  it('tells a compensation what there is to compensate', async () => {
    const saga = aSaga();
    await send('forward', { saga });
    await replies(1);
    await send('compensate', { saga });
    await replies(2);
    expect(handled.map(({ forward }) => forward)).to.deep.equal(['absent', 'done']);
    const other = aSaga();
    decide = () => refused('x', 'x');
    await send('forward', { saga: other });
    await replies(3);
    decide = () => done();
    await send('compensate', { saga: other });
    await replies(4);
    expect(handled.at(-1)?.forward).to.equal('refused');
  });

  it('refuses a command after its deadline, by the clock of the database, but never a compensation', async () => {
    const past = new Date(Date.now() - 60_000);
    await send('forward', { deadline: past });
    await send('compensate', { deadline: past });
    const both = await replies(2);
    expect(both.map(({ outcome }) => outcome)).to.deep.equal(['expired', 'done']);
    expect(handled.map(({ saga }) => saga.direction)).to.deep.equal(['compensate']);
  });

  it('answers a deferred command later, to its latest attempt', async () => {
    decide = () => deferred();
    const saga = aSaga();
    await send('forward', { saga });
    await waitFor('the command is deferred', () => handled.length === 1);
    const second = await send('forward', { saga: { ...saga, attempt: 2 } });
    await waitFor('the second attempt is noted', async () => {
      const row = await database.db('processed_commands').where({ last_command_id: second }).first('state');
      return row?.state === 'pending';
    });
    expect(await storedReplies()).to.deep.equal([]);
    const key = handled[0]?.idempotencyKey ?? '';
    await inTransaction(database.db, (trx) => answerCommand(trx, key, done({ late: true })));
    const [reply] = await replies(1);
    expect(reply).to.deep.include({ in_reply_to: second, outcome: 'done', result: { late: true } });
    expect(handled).to.have.lengthOf(1);
    const failure = await inTransaction(database.db, (trx) => answerCommand(trx, key, done())).catch(
      (error: Error) => error.message,
    );
    expect(failure).to.match(/no command waits/);
  });

  it('G8: tells why a deferred command is not done yet, once for each attempt, and still answers it', async () => {
    decide = () => deferred();
    const saga = aSaga();
    const first = await send('forward', { saga });
    await waitFor('the command is deferred', async () =>
      database.db('processed_commands').where({ last_command_id: first, state: 'pending' }).first(),
    );
    const key = handled[0]?.idempotencyKey ?? '';
    const trouble = (code: string) =>
      inTransaction(database.db, (trx) => reportTrouble(trx, key, transient(code, 'The provider refused.')));
    await trouble('provider.refused');
    await trouble('provider.refused_again');
    const second = await send('forward', { saga: { ...saga, attempt: 2 } });
    await waitFor('the second attempt is noted', async () =>
      database.db('processed_commands').where({ last_command_id: second }).first(),
    );
    await trouble('provider.refused_still');
    await inTransaction(database.db, (trx) => answerCommand(trx, key, done()));
    await trouble('provider.too_late');

    const told = (await replies(3)).map(({ in_reply_to, outcome, code }) => [in_reply_to, outcome, code]);
    expect(told).to.deep.equal([
      [first, 'transient', 'provider.refused'],
      [second, 'transient', 'provider.refused_still'],
      [second, 'done', null],
    ]);
    expect(handled).to.have.lengthOf(1);
  });

  it('handles the commands of a batch that concern each other in their order', async () => {
    const saga = aSaga();
    const blocker = new Promise<void>((resolve) => {
      decide = async (_trx, command) => {
        if (command.saga.step === 'block') await waitFor('the others are queued', async () => published >= 4);
        return done();
      };
      resolve();
    });
    await blocker;
    let published = 0;
    const count = async (sent: Promise<string>) => {
      await sent;
      published += 1;
    };
    await count(send('forward', { saga: { ...aSaga(), step: 'block' } }));
    await count(send('forward', { saga }));
    await count(send('forward', { saga }));
    await count(send('compensate', { saga }));
    const all = await replies(4);
    expect(all.map(({ saga: { step, direction }, outcome }) => `${step} ${direction} ${outcome}`)).to.deep.equal([
      'block forward done',
      'hold forward done',
      'hold forward done',
      'hold compensate done',
    ]);
    expect(handled).to.have.lengthOf(3);
    expect(handled.at(-1)?.forward).to.equal('done');
  });

  it('tells the saga when its command is a dead letter', async () => {
    const id = await send('forward', { deadline: new Date(Date.now() + 60_000), data: { order_id: 'x' } });
    const [reply] = await replies(1);
    expect(reply).to.include({ in_reply_to: id, outcome: 'refused', code: 'command.unprocessable' });
    expect(handled).to.deep.equal([]);
  });

  it('G15: keeps nothing of a command whose reply cannot be written', async () => {
    await database.db.raw('ALTER TABLE outbox ADD CONSTRAINT broken CHECK (false) NOT VALID');
    await send('forward');
    await waitFor('it is tried again', () => handled.length > 1, 30_000);
    const [kept] = await database.db('processed_commands').count({ n: '*' });
    await database.db.raw('ALTER TABLE outbox DROP CONSTRAINT broken');
    const [reply] = await replies(1, 60_000);
    expect(Number(kept?.n)).to.equal(0);
    expect(reply?.outcome).to.equal('done');
  }).timeout(120_000);

  interface Sending {
    readonly saga?: CommandSaga;
    readonly messageId?: string;
    readonly deadline?: Date | null;
    readonly data?: object;
  }

  async function send(direction: 'forward' | 'compensate', sending: Sending = {}): Promise<string> {
    const messageId = sending.messageId ?? uuid7();
    const type = direction === 'forward' ? 'test-service.hold' : 'test-service.free';
    const saga = { ...(sending.saga ?? aSaga()), direction };
    const outgoing = {
      type,
      saga,
      issuedAt: new Date(),
      deadline: sending.deadline ?? null,
      data: sending.data ?? { order_id: 1 },
      context: { correlationId: 'order-1' },
    };
    await broker.publish({
      exchange: exchanges.commands,
      routingKey: type,
      content: Buffer.from(JSON.stringify(commandBody(outgoing, messageId))),
      properties: { messageId, type, correlationId: 'order-1' },
    });
    return messageId;
  }

  async function storedReplies(): Promise<ReplyBody[]> {
    const rows = await database.db('outbox').where({ exchange: exchanges.replies }).orderBy('id').pluck('payload');
    return rows.map((payload) => JSON.parse(payload));
  }

  function replies(count: number, deadlineMs?: number): Promise<ReplyBody[]> {
    const enough = async () => {
      const found = await storedReplies();
      return found.length >= count && found;
    };
    return waitFor(`${count} replies`, enough, deadlineMs);
  }
});

function aSaga(): CommandSaga {
  return { id: uuid7(), type: 'place-order', version: 1, step: 'hold', direction: 'forward', attempt: 1 };
}
