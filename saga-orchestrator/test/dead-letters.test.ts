import { createHttpApp } from '@sagacity/chassis/http/app';
import { uuid7 } from '@sagacity/chassis/ids/uuid7';
import type { Part } from '@sagacity/chassis/lifecycle/part';
import { silentLogger } from '@sagacity/chassis/logging/logger';
import { exchanges } from '@sagacity/chassis/messaging/envelope';
import { compile } from '@sagacity/chassis/schema/validator';
import { serve, type TestServer } from '@sagacity/chassis/test-kit/http';
import { createTestTokens } from '@sagacity/chassis/test-kit/tokens';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { Registry } from 'prom-client';
import { type DeadLetterList, deadLetterList } from '../src/contract/dead-letters.ts';
import { deadLetterRoutes } from '../src/http/dead-letter-routes.ts';
import { problems } from '../src/http/problems.ts';
import { deadLetterCollector } from '../src/messaging/dead-letter-collector.ts';
import { orderEventsQueue } from '../src/messaging/order-events.ts';
import { repliesQueue } from '../src/messaging/replies.ts';
import { keepDeadLetters } from '../src/use-cases/keep-dead-letters.ts';
import { replayDeadLetter } from '../src/use-cases/replay-dead-letter.ts';
import { orderCreated } from './order-messages.ts';
import { type SagaFixture, startSagas } from './saga-fixture.ts';

describe('dead letters of the shop', () => {
  const tokens = createTestTokens();
  const asAdmin = tokens.issue({ roles: ['admin'] });
  let sagas: SagaFixture;
  let server: TestServer;
  let collector: Part;

  beforeEach(async () => {
    sagas = await startSagas();
    await sagas.startInstance();
    collector = aCollector();
    await collector.start();
    const { db, letters } = sagas;
    server = await serve(
      createHttpApp({
        logger: silentLogger,
        metrics: new Registry(),
        routes: deadLetterRoutes({ db, letters }),
        verifyToken: tokens.verify,
        readiness: {},
        problems,
      }),
    );
  });
  afterEach(async () => {
    await server.stop();
    await collector.stop();
    await sagas.stop();
  });

  it('are listed with their queue, their order and the reason, whatever they carry', async () => {
    const orphan = await orphanReply();
    await poison('no json \0 at all');

    const { items, open } = await listedOnceThereAre(2);

    expect(open).to.equal(2);
    expect(items.find(({ message_id }) => message_id === orphan)).to.deep.include({
      queue: repliesQueue.name,
      order_id: 7,
      reason_code: 'saga.unknown',
      state: 'open',
      times: 1,
      replayed_at: null,
    });
    expect(items.find(({ queue }) => queue === orderEventsQueue.name)).to.include({
      reason_code: 'message.malformed',
      payload: 'no json \u{fffd} at all',
    });
  });

  it('are found by queue, type, reason, order and state, page by page', async () => {
    await orphanReply();
    await poison('one');
    await poison('two');
    const { items: all } = await listedOnceThereAre(3);

    const idsOf = async (query: string) => (await list(query)).items.map(({ id }) => id);
    const malformed = all.filter(({ reason_code }) => reason_code === 'message.malformed').map(({ id }) => id);
    expect(await idsOf('?reason_code=message.malformed')).to.deep.equal(malformed);
    expect(await idsOf(`?queue=${orderEventsQueue.name}&type=order.created`)).to.deep.equal(malformed);
    expect(await idsOf('?order_id=7')).to.have.lengthOf(1);
    expect(await idsOf('?state=replayed')).to.deep.equal([]);
    const first = await list('?limit=2');
    const second = await list(`?limit=2&cursor=${first.next_cursor}`);
    expect([...first.items, ...second.items].map(({ id }) => id)).to.deep.equal(all.map(({ id }) => id));
    expect(second.next_cursor).to.equal(null);
  });

  it('are as many open as are listed, while more of them come', async () => {
    await orphanReply();
    await listedOnceThereAre(1);
    const [letter] = await sagas.letters.peek(repliesQueue.name, 1);
    if (!letter) throw new Error('no letter');
    let areMoreComing = true;
    const comeOneByOne = async () => {
      for (let n = 0; n < 99; n += 1) await keepDeadLetters(sagas.db, [{ ...letter, messageId: uuid7() }]);
      areMoreComing = false;
    };
    const look = async () => {
      while (areMoreComing) {
        const { items, open } = await list('?limit=100');
        expect(open).to.equal(items.length);
      }
    };
    await Promise.all([comeOneByOne(), look(), look(), look(), look()]);
  });

  it('go back to their own queue under their own id, and that is noted with the reason', async () => {
    const early = orderCreated(9, uuid7());
    await sagas.database.runAsAdmin('ALTER TABLE sagas RENAME TO sagas_away');
    await sagas.publish(early);
    const { items } = await listedOnceThereAre(1);
    await sagas.database.runAsAdmin('ALTER TABLE sagas_away RENAME TO sagas');

    const answer = await replay(items[0]?.id);

    expect(answer).to.deep.include({ status: 200, body: { id: items[0]?.id, state: 'replayed' } });
    await waitFor('the saga begins', () => sagas.db('sagas').where({ order_id: 9 }).first());
    expect(await sagas.db('inbox').pluck('message_id')).to.include(early.event_id);
    const [replayed] = (await list('?state=replayed')).items;
    expect(replayed).to.include({ message_id: early.event_id, replayed_by: 'admin 1', replay_reason: 'mended' });
    expect(await replay(items[0]?.id)).to.nested.include({ status: 409, 'body.code': 'dead_letter.not_open' });
  });

  it('are open again when they fail again', async () => {
    const orphan = await orphanReply();
    const { items } = await listedOnceThereAre(1);
    await replay(items[0]?.id);
    const again = await waitFor('it is back', async () => (await list('?state=open')).items[0]);
    expect(again).to.include({ id: items[0]?.id, message_id: orphan, times: 2 });
  });

  it('are said to be gone when somebody has taken them out of their queue', async () => {
    await orphanReply();
    const { items } = await listedOnceThereAre(1);
    await sagas.letters.replayAll(repliesQueue.name);
    await waitFor('it is back', async () => (await list('?state=open')).items[0]?.times === 2);
    await sagas.purge(`${repliesQueue.name}.dlq`);

    expect(await replay(items[0]?.id)).to.nested.include({ status: 409, 'body.code': 'dead_letter.gone' });
    expect((await list('')).items[0]).to.include({ state: 'gone' });
  });

  it('wait while the database is away, and are counted once however often they are delivered', async () => {
    await sagas.database.runAsAdmin('ALTER TABLE dead_letters RENAME TO letters_away');
    await orphanReply();
    await waitFor('the letter lies in its queue', async () => (await sagas.letters.count(repliesQueue.name)) === 1);
    await collector.stop();
    await sagas.database.runAsAdmin('ALTER TABLE letters_away RENAME TO dead_letters');
    collector = aCollector();
    await collector.start();
    expect((await listedOnceThereAre(1)).items[0]).to.include({ times: 1 });

    await keepDeadLetters(sagas.db, await sagas.letters.peek(repliesQueue.name, 10));

    expect((await list('')).items[0]).to.include({ times: 1 });
  });

  it('stay open when they fail again before their replay is noted', async () => {
    await orphanReply();
    const { items } = await listedOnceThereAre(1);
    const [letter] = await sagas.letters.peek(repliesQueue.name, 1);
    if (!letter) throw new Error('no letter');
    const replay = async () => {
      await keepDeadLetters(sagas.db, [{ ...letter, failedAt: new Date(Date.now() + 1_000).toISOString() }]);
      return true;
    };
    const input = { id: items[0]?.id ?? 0, reason: 'mended', actor: 'admin 1' };
    await replayDeadLetter({ db: sagas.db, letters: { ...sagas.letters, replay } }, input);
    expect((await list('')).items[0]).to.include({ state: 'open', times: 2 });
  });

  it('are for admins alone', async () => {
    expect(await server.call('GET', '/admin/dead-letters', { token: tokens.issue() })).to.include({ status: 403 });
    expect(await server.call('GET', '/admin/dead-letters')).to.include({ status: 401 });
    expect(await replay(999)).to.nested.include({ status: 404, 'body.code': 'dead_letter.not_found' });
  });

  function aCollector(): Part {
    return deadLetterCollector({ db: sagas.db, broker: sagas.broker, logger: silentLogger });
  }

  /** A reply for a saga that does not exist; returns its message id. */
  async function orphanReply(): Promise<string> {
    const saga = {
      id: uuid7(),
      type: 'place-order',
      version: 1,
      step: 'reserve-stock',
      direction: 'forward',
      attempt: 1,
    };
    return sagas.participants.reply({ saga, type: 'product-service.reserve-stock', command_id: uuid7() } as never, {
      outcome: 'done',
    });
  }

  async function poison(body: string): Promise<void> {
    await sagas.broker.publish({
      exchange: exchanges.events,
      routingKey: 'order.created',
      content: Buffer.from(body),
      properties: { messageId: uuid7(), type: 'order.created', correlationId: 'order-8' },
    });
  }

  async function list(query: string): Promise<DeadLetterList> {
    const { status, body } = await server.call('GET', `/admin/dead-letters${query}`, { token: asAdmin });
    expect(status).to.equal(200);
    expect(compile(deadLetterList)(body)).to.include({ valid: true });
    return body as DeadLetterList;
  }

  async function listedOnceThereAre(count: number): Promise<DeadLetterList> {
    return waitFor(`${count} dead letters`, async () => {
      const listed = await list('');
      return listed.items.length === count && listed;
    });
  }

  function replay(id: number | undefined) {
    const body = { reason: 'mended' };
    return server.call('POST', `/admin/dead-letters/${id}/replay`, { token: asAdmin, body });
  }
});
