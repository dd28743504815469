import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { type SagaView, tellStory } from '@sagacity/scripts/demo/saga-story';
import { expect } from 'chai';
import { type Customer, logInAsAdmin, newProduct } from '../e2e/shop.ts';
import { newCustomers, type PlacedOrder, placeMany } from './load.ts';
import { freeze, thaw } from './processes.ts';
import { openProof } from './proof.ts';
import { openScenario } from './scenario.ts';

interface Step {
  readonly name: string;
  readonly direction: string;
  readonly state: string;
}

interface Saga extends SagaView {
  readonly version: number;
  readonly steps: readonly Step[];
}

interface Command {
  readonly type: string;
  readonly idempotency_key: string;
}

const deadlineMs = 60_000;

/** The payment service stands still while an operator steps in: so each saga is held where he finds it. */
describe('an operator steps in', () => {
  const scenario = openScenario('an operator steps in', { test: 3, chaos: 3, isFixed: true });
  const proof = openProof();
  const all: PlacedOrder[] = [];
  let admin: Customer;
  let customers: Customer[];

  before(async function () {
    this.timeout(scenario.timeoutMs);
    admin = await logInAsAdmin();
    customers = await newCustomers(1);
  });
  afterEach(() => thaw('payment-service'));
  after(() => proof.close());

  it('pauses a saga: an answer is kept and nothing is sent; resumed, it goes on to its end', async () => {
    const sagaId = await heldAt('charge-payment');

    await act(sagaId, { action: 'pause' });
    thaw('payment-service');
    const paused = await until(sagaId, 'the answer of the charge has come', (saga) =>
      hasSettled(saga, 'charge-payment'),
    );
    const kindsBefore = paused.timeline.map(({ kind }) => kind);
    await act(sagaId, { action: 'resume' });

    const ended = await until(sagaId, 'it is completed', ({ state }) => state === 'completed');
    tell('paused and resumed', ended);
    expect(paused.state).to.equal('paused');
    expect(kindsBefore.slice(kindsBefore.indexOf('operator.pause'))).not.to.include('command.sent');
    expect(inOrder(ended, ['operator.pause', 'operator.resume', 'command.sent'])).to.equal(true);
  }).timeout(scenario.timeoutMs);

  it('resolves a step by hand: the saga goes on, and the answer that comes after all changes nothing', async () => {
    const sagaId = await heldAt('charge-payment');
    await act(sagaId, { action: 'pause' });
    thaw('payment-service');
    await until(sagaId, 'the answer of the charge has come', (saga) => hasSettled(saga, 'charge-payment'));
    freeze('payment-service');
    await act(sagaId, { action: 'resume' });
    await until(sagaId, 'it waits for the capture', (saga) => stateOf(saga, 'capture-payment') === 'in_flight');
    await until(sagaId, 'the stock is committed', (saga) => hasSettled(saga, 'commit-stock'));

    await act(sagaId, { action: 'resolve-step', step: 'capture-payment', outcome: 'done' });

    const resolved = await until(sagaId, 'it is completed', ({ state }) => state === 'completed');
    expect(stateOf(resolved, 'capture-payment')).to.equal('resolved_manually');
    thaw('payment-service');
    const late = await until(
      sagaId,
      'the late answer is on the timeline',
      (saga) => lastKind(saga) !== lastKind(resolved),
    );
    tell('a step resolved by hand', late);
    expect(inOrder(late, ['operator.resolve-step', 'state.changed', 'reply.duplicate'])).to.equal(true);
    expect(late.state).to.equal('completed');
  }).timeout(scenario.timeoutMs);

  it('forces a saga back: the dry run names the commands that are then sent', async () => {
    const sagaId = await heldAt('charge-payment');
    const before = await read(sagaId);

    const dry = await act(sagaId, { action: 'force-compensate' }, '?dry_run=1');
    expect((await read(sagaId)).version, 'a dry run changes nothing').to.equal(before.version);
    const real = await act(sagaId, { action: 'force-compensate' });
    thaw('payment-service');

    const ended = await until(sagaId, 'it is compensated', ({ state }) => state === 'compensated');
    tell('forced back', ended);
    scenario.say(`the dry run named ${dry.map(({ type }) => type).join(', ')}`);
    expect(dry.map(keyOf)).to.deep.equal(real.map(keyOf));
    expect(dry.map(({ type }) => type)).to.deep.equal(['payment-service.refund-payment']);
    expect(compensationsOf(ended)).to.deep.equal(['charge-payment', 'reserve-stock', 'create-order']);
    const ends = await proof.prove(scenario, all);
    expect(all.map(({ id }) => ends.get(id)?.status)).to.deep.equal(['confirmed', 'confirmed', 'rejected']);
  }).timeout(scenario.timeoutMs);

  /** An order whose saga waits for the payment service, which stands still. */
  async function heldAt(step: string): Promise<string> {
    const productId = await newProduct(admin, 1);
    freeze('payment-service');
    const { placed } = await placeMany({ buyers: customers, count: 1, atOnce: 1, order: () => ({ productId }) });
    all.push(...placed);
    const { sagaId } = placed[0] as PlacedOrder;
    await until(sagaId, `it waits at ${step}`, (saga) => stateOf(saga, step) === 'in_flight');
    return sagaId;
  }

  async function act(sagaId: string, action: object, query = ''): Promise<readonly Command[]> {
    const { version } = await read(sagaId);
    const body = { reason: 'the scenario wants it', expected_version: version, ...action };
    const answer = await admin.call('POST', `/admin/sagas/${sagaId}/actions${query}`, { body });
    expect(answer.status, JSON.stringify(answer.body)).to.equal(200);
    return answer.body.commands;
  }

  async function read(sagaId: string): Promise<Saga> {
    const { status, body } = await admin.call('GET', `/admin/sagas/${sagaId}`);
    if (status !== 200) throw new Error(`the saga answered ${status}: ${JSON.stringify(body)}`);
    return body;
  }

  function until(sagaId: string, what: string, holds: (saga: Saga) => boolean): Promise<Saga> {
    const look = async () => {
      const saga = await read(sagaId);
      return holds(saga) && saga;
    };
    return waitFor(`saga ${sagaId}: ${what}`, look, deadlineMs, 50);
  }

  function tell(title: string, saga: Saga): void {
    console.log([`    ${title}: saga ${saga.id} is ${saga.state}`, ...tellStory(saga)].join('\n'));
  }
});

function stateOf(saga: Saga, step: string): string | undefined {
  return saga.steps.find(({ name, direction }) => name === step && direction === 'forward')?.state;
}

function hasSettled(saga: Saga, step: string): boolean {
  return stateOf(saga, step) === 'succeeded';
}

function lastKind({ timeline }: Saga): string {
  return timeline.at(-1)?.kind ?? '';
}

/** True when lines of these kinds stand on the timeline in this order, others between them. */
function inOrder({ timeline }: Saga, kinds: readonly string[]): boolean {
  let found = 0;
  for (const { kind } of timeline) if (kind === kinds[found]) found += 1;
  return found === kinds.length;
}

/** The steps that were undone, in the order in which they were. */
function compensationsOf({ timeline }: Saga): string[] {
  const sent = timeline.filter(({ kind, direction }) => kind === 'command.sent' && direction === 'compensate');
  return [...new Set(sent.map(({ step }) => step ?? ''))];
}

function keyOf({ type, idempotency_key }: Command): string {
  return `${type} ${idempotency_key}`;
}
