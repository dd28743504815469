import type { Db } from '@sagacity/chassis/db/database';
import { createHttpApp } from '@sagacity/chassis/http/app';
import { uuid7 } from '@sagacity/chassis/ids/uuid7';
import { silentLogger } from '@sagacity/chassis/logging/logger';
import { compile } from '@sagacity/chassis/schema/validator';
import { cloneDatabase, type TestDatabase } from '@sagacity/chassis/test-kit/database';
import { serve, type TestServer } from '@sagacity/chassis/test-kit/http';
import { createTestTokens } from '@sagacity/chassis/test-kit/tokens';
import { expect } from 'chai';
import { Registry } from 'prom-client';
import { sagaDetailAnswer } from '../src/contract/saga-detail.ts';
import { sagaListAnswer } from '../src/contract/saga-list.ts';
import { problems } from '../src/http/problems.ts';
import { sagaRoutes } from '../src/http/saga-routes.ts';
import { createSagaCache } from '../src/persistence/saga-cache.ts';
import { catalogue } from '../src/sagas/catalogue.ts';
import { createSagaSessions } from '../src/use-cases/saga-session.ts';
import { aReply, take } from './direct-messages.ts';
import { orderCancelRequested, orderCreated } from './order-messages.ts';

describe('looking at sagas', () => {
  const sessions = createSagaSessions(catalogue, createSagaCache(), () => undefined);
  const tokens = createTestTokens();
  const ids: string[] = [];
  let database: TestDatabase;
  let db: Db;
  let server: TestServer;

  before(async () => {
    database = await cloneDatabase('sagas_db', 'saga_orchestrator');
    db = database.db;
    const app = createHttpApp({
      logger: silentLogger,
      metrics: new Registry(),
      routes: sagaRoutes({ db, catalogue }),
      verifyToken: tokens.verify,
      readiness: {},
      problems,
    });
    server = await serve(app);
    for (let order = 1; order <= 6; order += 1) ids.push(uuid7());
    await take(db, sessions, ...ids.map((id, index) => orderCreated(index + 1, id)));
    await play(1, [['reserve-stock', 'done']]);
    await play(2, [
      ['reserve-stock', 'done'],
      ['charge-payment', 'refused', 'payment.declined'],
    ]);
    await play(3, [['reserve-stock', 'transient', 'stock.busy']]);
    await play(4, [
      ['reserve-stock', 'done'],
      ['charge-payment', 'done'],
      ['confirm-order', 'done'],
      ['capture-payment', 'done'],
      ['commit-stock', 'done'],
    ]);
    await play(5, [
      ['reserve-stock', 'done'],
      ['charge-payment', 'done'],
      ['confirm-order', 'done'],
      ['capture-payment', 'refused', 'payment.no_hold'],
    ]);
    await take(db, sessions, orderCancelRequested(1, idOf(1)));
  });
  after(async () => {
    await server.stop();
    await database.drop();
  });

  it('is for admins only', async () => {
    for (const path of ['/admin/sagas', `/admin/sagas/${idOf(1)}`]) {
      expect((await server.call('GET', path)).status).to.equal(401);
      expect((await server.call('GET', path, { token: tokens.issue({ roles: ['user'] }) })).status).to.equal(403);
    }
  });

  it('lists them, the newest first, in the documented shape', async () => {
    const { body } = await get('/admin/sagas?facets=1');
    expect(compile(sagaListAnswer)(body)).to.deep.equal({ valid: true });
    expect(body.items.map(({ id }: { id: string }) => id)).to.deep.equal(ids.toReversed());
    const first = body.items.find(({ order_id }: { order_id: number }) => order_id === 1);
    expect(first).to.include({ state: 'running', step: 'charge-payment', cancel_requested: true, pivot_passed: false });
  });

  it('finds them by each filter', async () => {
    const found = async (query: string) => {
      const { body } = await get(`/admin/sagas?sort=created_at&${query}`);
      return body.items.map(({ order_id }: { order_id: number }) => order_id);
    };
    expect(await found('state=compensating')).to.deep.equal([2]);
    expect(await found('state=needs_attention')).to.deep.equal([5]);
    expect(await found('step=charge-payment')).to.deep.equal([1]);
    expect(await found('step=commit-stock')).to.deep.equal([5]);
    expect(await found('retrying=true')).to.deep.equal([3]);
    expect(await found('attention=true')).to.deep.equal([5]);
    expect(await found('error_code=payment.declined')).to.deep.equal([2]);
    expect(await found('error_code=stock.busy')).to.deep.equal([3]);
    expect(await found('order_id=4')).to.deep.equal([4]);
    expect(await found('user_id=3&state=completed')).to.deep.equal([4]);
    expect(await found('user_id=4')).to.deep.equal([]);
    expect(await found('type=cancel-order')).to.deep.equal([]);
    expect(await found('in_state_for_ms=3600000')).to.deep.equal([]);
    expect(await found('in_state_for_ms=0')).to.have.lengthOf(6);
    expect(await found('retrying=false')).to.deep.equal([1, 2, 4, 5, 6]);
    expect(await found('attention=false')).to.deep.equal([1, 2, 3, 4, 6]);
    expect(await found('user_id=3')).to.have.lengthOf(6);
    expect(await found('created_from=2020-01-01T00:00:00Z')).to.have.lengthOf(6);
    expect(await found('created_from=2099-01-01T00:00:00Z')).to.deep.equal([]);
    expect(await found('created_to=2099-01-01T00:00:00Z')).to.have.lengthOf(6);
    expect(await found('created_to=2020-01-01T00:00:00Z')).to.deep.equal([]);
    expect((await get('/admin/sagas?colour=red')).status).to.equal(400);
    expect((await get('/admin/sagas?state=dead')).status).to.equal(400);
  });

  it('counts facets over what the filters leave', async () => {
    const all = (await get('/admin/sagas?facets=1')).body.facets;
    expect(all.state).to.deep.equal([
      { value: 'running', count: 3 },
      { value: 'compensating', count: 1 },
      { value: 'completed', count: 1 },
      { value: 'needs_attention', count: 1 },
    ]);
    expect(all.error_code).to.deep.include({ value: 'payment.no_hold', count: 1 });
    expect(all.attention).to.deep.equal([{ value: 'step.refused', count: 1 }]);
    expect(all.step).to.deep.include({ value: 'reserve-stock', count: 3 });
    const some = (await get('/admin/sagas?facets=1&state=compensating')).body.facets;
    expect(some.step).to.deep.equal([{ value: 'reserve-stock', count: 1 }]);
    expect((await get('/admin/sagas')).body.facets).to.equal(null);
  });

  it('reads on by cursor in every order, each saga once', async () => {
    const orders = new Map<string, string[]>();
    for (const sort of ['-created_at', 'created_at', '-in_state_ms', 'in_state_ms', '-updated_at', 'updated_at']) {
      const seen: string[] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const { body } = await get(`/admin/sagas?limit=2&sort=${sort}${cursor === '' ? '' : `&cursor=${cursor}`}`);
        seen.push(...body.items.map(({ id }: { id: string }) => id));
        cursor = body.next_cursor;
      }
      expect(seen, sort).to.have.members(ids);
      expect(seen, sort).to.have.lengthOf(6);
      orders.set(sort, seen);
    }
    expect(orders.get('created_at')).to.deep.equal(ids);
    for (const sort of ['created_at', 'in_state_ms', 'updated_at']) {
      expect(orders.get(sort), sort).to.deep.equal(orders.get(`-${sort}`)?.toReversed());
    }
    // The last to change was the first saga, by its cancel; the last to enter its state the fifth, by its refusal.
    expect([orders.get('-updated_at')?.[0], orders.get('in_state_ms')?.[0]]).to.deep.equal([ids[0], ids[4]]);
    const { body } = await get('/admin/sagas?limit=2');
    expect((await get(`/admin/sagas?limit=2&sort=updated_at&cursor=${body.next_cursor}`)).status).to.equal(400);
    expect((await get('/admin/sagas?cursor=nonsense')).body.code).to.equal('request.invalid');
  });

  it('shows one with its steps, attempts, timeline and what may be done', async () => {
    const { body } = await get(`/admin/sagas/${idOf(3)}`);
    expect(compile(sagaDetailAnswer)(body)).to.deep.equal({ valid: true });
    const [reserve, charge] = body.steps;
    expect(reserve).to.include({
      name: 'reserve-stock',
      kind: 'compensatable',
      state: 'retry_wait',
      attempt: 1,
      group: 1,
    });
    expect(reserve.attempts).to.have.lengthOf(1);
    expect(reserve.attempts[0]).to.deep.include({ outcome: 'transient', error: { code: 'stock.busy', detail: null } });
    expect(charge).to.include({ state: 'pending', attempt: 0 });
    expect(body.timeline.map(({ kind }: { kind: string }) => kind)).to.deep.equal([
      'saga.started',
      'command.sent',
      'reply.applied',
    ]);
    const may = body.allowed_actions.filter(({ allowed }: { allowed: boolean }) => allowed);
    expect(may.map(({ action }: { action: string }) => action)).to.include('retry-now');
    const resume = body.allowed_actions.find(({ action }: { action: string }) => action === 'resume');
    expect(resume.reason).to.equal('the saga is not paused');
  });

  it('shows the last lines of a timeline that grew long, and says how many are left out', async () => {
    const replies = Array.from({ length: 510 }, () => aReply(idOf(6), 'commit-stock'));
    await take(db, sessions, ...replies);
    const { body } = await get(`/admin/sagas/${idOf(6)}`);
    expect(body.timeline).to.have.lengthOf(500);
    expect(body.timeline_left_out).to.equal(12);
    expect(body.timeline.at(-1).seq).to.equal(512);
  });

  it('tells an unknown saga from a malformed id', async () => {
    expect((await get(`/admin/sagas/${uuid7()}`)).body).to.include({ status: 404, code: 'saga.not_found' });
    expect((await get('/admin/sagas/17')).status).to.equal(400);
  });

  function idOf(order: number): string {
    return ids[order - 1] ?? '';
  }

  function get(path: string) {
    return server.call('GET', path, { token: tokens.issue({ roles: ['admin'] }) });
  }

  async function play(
    order: number,
    answers: readonly (readonly [string, 'done' | 'refused' | 'transient', string?])[],
  ) {
    for (const [step, outcome, code = null] of answers) {
      await take(db, sessions, aReply(idOf(order), step, { outcome, code, retry_after_ms: 60_000 }));
    }
  }
});
