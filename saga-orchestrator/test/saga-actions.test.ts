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
import { sagaActionAnswer } from '../src/contract/saga-actions.ts';
import { definitionsAnswer, statsAnswer } from '../src/contract/saga-stats.ts';
import { actionRoutes } from '../src/http/action-routes.ts';
import { problems } from '../src/http/problems.ts';
import { sagaRoutes } from '../src/http/saga-routes.ts';
import { createSagaCache } from '../src/persistence/saga-cache.ts';
import { sagaGauges, sagaMetrics } from '../src/saga-metrics.ts';
import { catalogue } from '../src/sagas/catalogue.ts';
import { registerDefinitions } from '../src/use-cases/register-definitions.ts';
import { createSagaSessions } from '../src/use-cases/saga-session.ts';
import { aReply, sentCommands, take } from './direct-messages.ts';
import { orderCreated } from './order-messages.ts';

describe('stepping in', () => {
  const metrics = new Registry();
  const sessions = createSagaSessions(catalogue, createSagaCache(), sagaMetrics(metrics));
  const tokens = createTestTokens();
  let database: TestDatabase;
  let db: Db;
  let server: TestServer;
  let orderId = 0;

  before(async () => {
    database = await cloneDatabase('sagas_db', 'saga_orchestrator');
    db = database.db;
    await registerDefinitions(db, catalogue);
    sagaGauges(metrics, db);
    const app = createHttpApp({
      logger: silentLogger,
      metrics,
      routes: [...sagaRoutes({ db, catalogue }), ...actionRoutes({ db, sessions })],
      verifyToken: tokens.verify,
      readiness: {},
      problems,
    });
    server = await serve(app);
  });
  after(async () => {
    await server.stop();
    await database.drop();
  });

  it('shows by a dry run exactly what would be sent, and changes nothing', async () => {
    const sagaId = await begin('reserve-stock');
    const before = await detail(sagaId);
    const dry = await act(sagaId, { action: 'force-compensate' }, '?dry_run=1');
    expect(dry.status).to.equal(200);
    expect(compile(sagaActionAnswer)(dry.body)).to.deep.equal({ valid: true });
    expect(dry.body).to.include({ dry_run: true, state_before: 'running', state: 'compensating' });
    const { in_state_ms: _before, ...unchanged } = before;
    const { in_state_ms: _after, ...now } = await detail(sagaId);
    expect(now).to.deep.equal(unchanged);

    const real = await act(sagaId, { action: 'force-compensate' });
    const sent = await db('outbox').where({ aggregate_id: sagaId }).orderBy('id', 'desc').first();
    const { command_id: _id, ...body } = JSON.parse(sent.payload);
    const timeless = ({ issued_at: _at, ...rest }: Record<string, unknown>) => rest;
    expect(dry.body.commands.map(timeless)).to.deep.equal([timeless(body)]);
    expect(real.body.commands).to.deep.equal([body]);
    expect(body).to.deep.include({ type: 'payment-service.refund-payment' });
  });

  it('is recorded with name, reason and version, in the table and on the timeline', async () => {
    const sagaId = await begin();
    const { version } = await detail(sagaId);
    await act(sagaId, { action: 'pause' });
    const [row] = await db('admin_actions').where({ saga_id: sagaId });
    expect(row).to.include({ action: 'pause', actor: 'admin 9', reason: 'looking into it' });
    expect([row.expected_version, row.resulting_version]).to.deep.equal([version, version + 1]);
    const after = await detail(sagaId);
    expect(after).to.include({ state: 'paused', version: version + 1 });
    expect(after.timeline.at(-2)).to.include({ kind: 'operator.pause', actor: 'admin 9', reason: 'looking into it' });
  });

  it('pauses and resumes: answers are kept meanwhile, commands are not sent', async () => {
    const sagaId = await begin();
    await act(sagaId, { action: 'pause' });
    await take(db, sessions, aReply(sagaId, 'reserve-stock'));
    expect(await sentCommands(db, sagaId)).to.deep.equal(['reserve-stock:forward#1']);
    const resumed = await act(sagaId, { action: 'resume' });
    expect(resumed.body.commands.map(({ type }: { type: string }) => type)).to.deep.equal([
      'payment-service.charge-payment',
    ]);
    expect(await sentCommands(db, sagaId)).to.deep.equal(['reserve-stock:forward#1', 'charge-payment:forward#1']);
  });

  it('retries at once, and resolves a step by hand', async () => {
    const sagaId = await begin('reserve-stock', 'charge-payment', 'confirm-order', 'commit-stock');
    await take(db, sessions, aReply(sagaId, 'capture-payment', { outcome: 'refused', code: 'payment.no_hold' }));
    expect((await detail(sagaId)).state).to.equal('needs_attention');
    await act(sagaId, { action: 'retry-now' });
    expect((await sentCommands(db, sagaId)).at(-1)).to.equal('capture-payment:forward#2');
    await act(sagaId, { action: 'resolve-step', step: 'capture-payment', outcome: 'done' });
    const saga = await detail(sagaId);
    expect(saga.state).to.equal('completed');
    const capture = saga.steps.find(({ name }: { name: string }) => name === 'capture-payment');
    expect(capture.state).to.equal('resolved_manually');
  });

  it('is refused when the saga has moved on since one looked', async () => {
    const sagaId = await begin();
    const seen = await detail(sagaId);
    await take(db, sessions, aReply(sagaId, 'reserve-stock'));
    const late = await act(sagaId, { action: 'cancel', expected_version: seen.version });
    expect([late.status, late.body.code, late.body.version]).to.deep.equal([
      409,
      'saga.version_mismatch',
      seen.version + 1,
    ]);
    expect((await detail(sagaId)).cancel).to.equal(null);
  });

  it('is refused when it is not allowed, naming what is', async () => {
    const sagaId = await begin('reserve-stock', 'charge-payment', 'confirm-order');
    const refused = await act(sagaId, { action: 'force-compensate' });
    expect([refused.status, refused.body.code]).to.deep.equal([409, 'saga.action_not_allowed']);
    expect(refused.body.allowed).to.deep.equal(['retry-now', 'resolve-step', 'pause']);
    expect(refused.body.detail).to.contain('it has passed its pivot');
    expect((await act(sagaId, { action: 'pause', reason: '' })).status).to.equal(400);
    expect((await act(uuid7(), { action: 'pause', expected_version: 1 })).status).to.equal(404);
  });

  it('is for admins only', async () => {
    const sagaId = await begin();
    const body = { action: 'pause', reason: 'because', expected_version: 1 };
    const answer = await server.call('POST', `/admin/sagas/${sagaId}/actions`, { token: tokens.issue(), body });
    expect(answer.status).to.equal(403);
    for (const path of ['/admin/sagas/stats', '/admin/definitions']) {
      expect((await server.call('GET', path, { token: tokens.issue() })).status).to.equal(403);
    }
  });

  it('counts what goes on and what ended', async () => {
    const { body } = await server.call('GET', '/admin/sagas/stats?window_minutes=5', { token: admin() });
    expect(compile(statsAnswer)(body)).to.deep.equal({ valid: true });
    expect(body.active.find(({ state }: { state: string }) => state === 'paused').count).to.equal(1);
    expect(body.ended).to.have.lengthOf(1);
    expect(body.ended[0]).to.include({ type: 'place-order', state: 'completed', count: 1 });
    expect(body.throughput).to.have.lengthOf.within(5, 6);
    const started = body.throughput.reduce((sum: number, minute: { started: number }) => sum + minute.started, 0);
    expect(started).to.equal(orderId);
  });

  it('shows the definitions as graphs with what is in flight', async () => {
    const { body } = await server.call('GET', '/admin/definitions', { token: admin() });
    expect(compile(definitionsAnswer)(body)).to.deep.equal({ valid: true });
    const placeOrder = body.items.find(({ type }: { type: string }) => type === 'place-order');
    expect(placeOrder).to.include({ version: 1, known: true, in_flight: orderId - 1 });
  });

  it('shows in its metrics what was committed', async () => {
    const text = await metrics.metrics();
    expect(text).to.contain(`saga_started_total{type="place-order"} ${orderId}`);
    expect(text).to.contain('saga_duration_seconds_count{type="place-order",state="completed"} 1');
    expect(text).to.contain('saga_active{state="paused"} 1');
    expect(text).to.match(/saga_replies_total\{verdict="applied",outcome="done"\} \d+/);
    expect(text).to.contain('saga_commands_total{step="capture-payment",direction="forward",cause="operator"} 1');
    expect(text).to.contain('saga_attention_total{code="step.refused"} 1');
  });

  const refusedCapture = { outcome: 'refused', code: 'payment.no_hold' } as const;
  const cases = [
    { action: 'retry-now', held: pastPivot, state: 'running', sends: ['payment-service.capture-payment'] },
    {
      action: 'resolve-step',
      held: pastPivot,
      more: { step: 'capture-payment', outcome: 'done' },
      state: 'completed',
      sends: [],
    },
    { action: 'pause', held: () => begin(), state: 'paused', sends: [] },
    { action: 'resume', held: pausedWithAnswer, state: 'running', sends: ['payment-service.charge-payment'] },
    { action: 'cancel', held: () => begin('reserve-stock', 'charge-payment'), state: 'running', sends: [] },
    {
      action: 'force-compensate',
      held: () => begin('reserve-stock'),
      state: 'compensating',
      sends: ['payment-service.refund-payment'],
    },
  ];

  for (const { action, held, more, state, sends } of cases) {
    it(`${action}: its dry run tells what it then does, and it needs a reason and the version that was seen`, async () => {
      const sagaId = await held();
      const before = await stable(sagaId);
      const body = { action, ...more };

      const unexplained = await act(sagaId, { ...body, reason: undefined });
      const outdated = await act(sagaId, { ...body, expected_version: before.version - 1 });
      const dry = await act(sagaId, body, '?dry_run=1');
      expect([unexplained.status, outdated.body.code]).to.deep.equal([400, 'saga.version_mismatch']);
      expect(await stable(sagaId), 'nothing of that has changed anything').to.deep.equal(before);
      expect(await db('admin_actions').where({ saga_id: sagaId, action })).to.deep.equal([]);

      const real = await act(sagaId, body);
      expect([dry.body.state, real.body.state]).to.deep.equal([state, state]);
      expect(dry.body.commands.map(keyOf)).to.deep.equal(real.body.commands.map(keyOf));
      expect(real.body.commands.map(({ type }: { type: string }) => type)).to.deep.equal(sends);
      expect((await stable(sagaId)).state).to.equal(state);
      expect(await db('admin_actions').where({ saga_id: sagaId, action })).to.have.lengthOf(1);
    });
  }

  it('cancel: is refused at the pivot, so that the saga turns back', async () => {
    const sagaId = await begin('reserve-stock', 'charge-payment');
    await act(sagaId, { action: 'cancel' });
    expect(await stable(sagaId)).to.deep.include({ cancel_requested: true, state: 'running' });
    await take(db, sessions, aReply(sagaId, 'confirm-order', { outcome: 'refused', code: 'order.cancelling' }));
    expect((await stable(sagaId)).state).to.equal('compensating');
  });

  async function pastPivot(): Promise<string> {
    const sagaId = await begin('reserve-stock', 'charge-payment', 'confirm-order', 'commit-stock');
    await take(db, sessions, aReply(sagaId, 'capture-payment', refusedCapture));
    return sagaId;
  }

  async function pausedWithAnswer(): Promise<string> {
    const sagaId = await begin();
    await act(sagaId, { action: 'pause' });
    await take(db, sessions, aReply(sagaId, 'reserve-stock'));
    return sagaId;
  }

  /** The saga without what changes by the passing of time alone. */
  async function stable(sagaId: string) {
    const { in_state_ms: _passes, ...saga } = await detail(sagaId);
    return saga;
  }

  function keyOf({ type, idempotency_key }: { type: string; idempotency_key: string }): string {
    return `${type} ${idempotency_key}`;
  }

  function admin(): string {
    return tokens.issue({ userId: 9, roles: ['admin'] });
  }

  async function begin(...done: readonly string[]): Promise<string> {
    orderId += 1;
    const sagaId = uuid7();
    await take(db, sessions, orderCreated(orderId, sagaId), ...done.map((step) => aReply(sagaId, step)));
    return sagaId;
  }

  async function detail(sagaId: string) {
    return (await server.call('GET', `/admin/sagas/${sagaId}`, { token: admin() })).body;
  }

  async function act(sagaId: string, action: object, query = '') {
    const { version = 1 } = await detail(sagaId);
    const body = { reason: 'looking into it', expected_version: version, ...action };
    return server.call('POST', `/admin/sagas/${sagaId}/actions${query}`, { token: admin(), body });
  }
});
