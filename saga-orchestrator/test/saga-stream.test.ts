import { createDatabase } from '@sagacity/chassis/db/database';
import { createHttpApp } from '@sagacity/chassis/http/app';
import { createPlaces, type Places } from '@sagacity/chassis/http/places';
import { uuid7 } from '@sagacity/chassis/ids/uuid7';
import { silentLogger } from '@sagacity/chassis/logging/logger';
import { cloneDatabase, type TestDatabase } from '@sagacity/chassis/test-kit/database';
import { serve, type TestServer } from '@sagacity/chassis/test-kit/http';
import { createTestTokens } from '@sagacity/chassis/test-kit/tokens';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { Registry } from 'prom-client';
import { feedRoutes } from '../src/http/feed-routes.ts';
import { problems } from '../src/http/problems.ts';
import { createSagaCache } from '../src/persistence/saga-cache.ts';
import { catalogue } from '../src/sagas/catalogue.ts';
import { createSagaSessions } from '../src/use-cases/saga-session.ts';
import { aReply, take } from './direct-messages.ts';
import { orderCreated } from './order-messages.ts';

describe('the stream of all sagas', () => {
  const tokens = createTestTokens();
  const admin = tokens.issue({ roles: ['admin'] });
  const sessions = createSagaSessions(catalogue, createSagaCache(), () => undefined);
  let database: TestDatabase;
  let server: TestServer;
  let places: Places;
  let watchers: AbortController;

  beforeEach(async () => {
    database = await cloneDatabase('sagas_db', 'saga_orchestrator');
    places = createPlaces(3);
    watchers = new AbortController();
    server = await serve(
      createHttpApp({
        logger: silentLogger,
        metrics: new Registry(),
        routes: feedRoutes({ db: database.db, places, pollMs: 20 }),
        verifyToken: tokens.verify,
        readiness: {},
        problems,
      }),
    );
  });
  afterEach(async () => {
    watchers.abort();
    await server.stop();
    await database.drop();
  });

  it('tells what another instance does, once, with the state that the saga is in', async () => {
    const stream = await watch();
    const other = createDatabase({ url: database.url, applicationName: 'other', poolMax: 1 });
    const sagaId = uuid7();
    await take(other, sessions, orderCreated(7, sagaId));
    await take(other, sessions, aReply(sagaId, 'reserve-stock'));
    await other.destroy();

    await waitFor('the charge', () => stream.lines.find(({ step }) => step === 'charge-payment'));

    expect(stream.lines.map(({ seq, kind, step }) => [seq, kind, step])).to.deep.equal([
      [1, 'saga.started', null],
      [2, 'command.sent', 'reserve-stock'],
      [3, 'reply.applied', 'reserve-stock'],
      [4, 'command.sent', 'charge-payment'],
    ]);
    expect(stream.lines.at(-1)).to.include({ saga_id: sagaId, order_id: 7, type: 'place-order', state: 'running' });
  });

  it('goes on after the last event that a client has seen', async () => {
    const first = await watch();
    const sagaId = uuid7();
    await take(database.db, sessions, orderCreated(8, sagaId));
    await waitFor('the beginning', () => first.lines.length === 2);
    first.leave();
    await take(database.db, sessions, aReply(sagaId, 'reserve-stock'));

    const second = await watch({ 'last-event-id': first.lastId() });

    await waitFor('what was missed', () => second.lines.some(({ seq }) => seq === 4));
  });

  it('tells a newcomer nothing of what was before', async () => {
    await take(database.db, sessions, orderCreated(9, uuid7()));
    const stream = await watch();
    await take(database.db, sessions, orderCreated(10, uuid7()));
    await waitFor('the new one', () => stream.lines.length >= 2);
    expect(stream.lines.map(({ order_id }) => order_id)).to.not.include(9);
  });

  it('has so many places and no more, and gives those of clients that have gone to others', async () => {
    const streams = [await watch(), await watch(), await watch()];
    const refused = await server.call('GET', '/admin/sagas/stream', { token: admin });
    expect(refused).to.nested.include({ status: 503, 'body.code': 'saga.stream_full' });
    expect(refused.headers.get('retry-after')).to.equal('10');
    streams[0]?.leave();
    await waitFor('a place', () => places.taken === 2);
    await watch();
  });

  it('ends when the process is about to', async () => {
    const stream = await watch();
    await places.stop();
    await stream.ended;
  });

  it('is for admins alone, and takes no made-up event id', async () => {
    expect((await server.call('GET', '/admin/sagas/stream', { token: tokens.issue() })).status).to.equal(403);
    expect((await server.call('GET', '/admin/sagas/stream')).status).to.equal(401);
    const headers = { 'last-event-id': 'yesterday' };
    expect((await server.call('GET', '/admin/sagas/stream', { token: admin, headers })).status).to.equal(400);
  });

  /** Resolves once the stream has begun; reads it in the background. */
  async function watch(headers: Readonly<Record<string, string>> = {}) {
    const leaving = new AbortController();
    const answer = await fetch(`${server.url}/admin/sagas/stream`, {
      headers: { authorization: `Bearer ${admin}`, ...headers },
      signal: AbortSignal.any([leaving.signal, watchers.signal]),
    });
    expect(answer.status).to.equal(200);
    let text = '';
    const ended = readAll(answer, (more) => {
      text += more;
    });
    await waitFor('the stream begins', () => text.includes(': following'));
    return {
      get lines() {
        return [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data ?? ''));
      },
      lastId: () => [...text.matchAll(/^id: (.*)$/gm)].at(-1)?.[1] ?? '',
      leave: () => leaving.abort(),
      ended,
    };
  }
});

/** Resolves when the answer ends, also when its reader has left. */
async function readAll(answer: Response, take: (text: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  try {
    for await (const chunk of answer.body ?? []) take(decoder.decode(chunk, { stream: true }));
  } catch (error) {
    if ((error as Error).name !== 'AbortError') throw error;
  }
}
