import { uuid7 } from '@sagacity/chassis/ids/uuid7';
import { compile } from '@sagacity/chassis/schema/validator';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { sagaDetailAnswer } from '../src/contract/saga-detail.ts';
import { repliesQueue } from '../src/messaging/replies.ts';
import { orderCreated } from './order-messages.ts';
import { type SagaFixture, startSagas } from './saga-fixture.ts';

describe('a saga over the broker', () => {
  let sagas: SagaFixture;
  let orderId = 0;
  before(async () => {
    sagas = await startSagas();
    await sagas.startInstance();
  });
  beforeEach(() => {
    orderId += 1;
  });
  after(() => sagas.stop());

  it('goes from the created order to its completion', async () => {
    const sagaId = await sagas.placeOrder(orderId);
    const saga = await sagas.reaches(sagaId, 'completed');
    expect(compile(sagaDetailAnswer)(saga)).to.deep.equal({ valid: true });
    expect(saga.steps.map(({ name, state }) => [name, state])).to.deep.equal([
      ['reserve-stock', 'succeeded'],
      ['charge-payment', 'succeeded'],
      ['confirm-order', 'succeeded'],
      ['capture-payment', 'succeeded'],
      ['commit-stock', 'succeeded'],
    ]);
    expect(saga).to.include({ order_id: orderId, user_id: 3, pivot_passed: true, step: null, last_error_code: null });
    expect(saga.trace_id).to.equal('0af7651916cd43dd8448eb211c80319c');
    const row = await sagas.db('sagas').where({ id: sagaId }).first();
    expect(row.next_wakeup_at).to.equal(null);
  });

  it('asks nobody for money when an order costs nothing', async () => {
    const sagaId = uuid7();
    const free = orderCreated(orderId, sagaId);
    await sagas.publish({ ...free, data: { ...free.data, total_amount: 0 } });
    const saga = await sagas.reaches(sagaId, 'completed');
    expect(saga.type).to.equal('place-free-order');
    expect(saga.steps.map(({ name }) => name)).to.deep.equal(['reserve-stock', 'confirm-order', 'commit-stock']);
    const asked = sagas.participants.commands.filter(({ saga: { id } }) => id === sagaId).map(({ type }) => type);
    expect(asked.filter((type) => type.startsWith('payment-service.'))).to.deep.equal([]);
  });

  it('sends commands that their participants can check, trace and answer', async () => {
    const sagaId = await sagas.placeOrder(orderId);
    await sagas.reaches(sagaId, 'completed');
    const sent = sagas.participants.commands.filter(({ saga }) => saga.id === sagaId);
    const [reserve] = sent;
    expect(reserve?.saga).to.deep.equal({
      id: sagaId,
      type: 'place-order',
      version: 1,
      step: 'reserve-stock',
      direction: 'forward',
      attempt: 1,
    });
    expect(reserve?.idempotency_key).to.equal(`${sagaId}:reserve-stock:forward`);
    expect(reserve?.data).to.deep.equal({ order_id: orderId, items: [{ product_id: 5, quantity: 2 }] });
    const deadline = Date.parse(reserve?.deadline ?? '') - Date.parse(reserve?.issued_at ?? '');
    expect(deadline).to.equal(75_000);
    const capture = sent.find(({ saga }) => saga.step === 'capture-payment');
    expect(capture?.deadline).to.equal(null);
  });

  it('undoes in reverse what was done when the card is declined', async () => {
    const declined = { outcome: 'refused', code: 'payment.declined', detail: 'The bank said no.' } as const;
    sagas.participants.answer('payment-service.charge-payment', declined);
    const sagaId = await sagas.placeOrder(orderId);
    const saga = await sagas.reaches(sagaId, 'compensated');
    sagas.participants.answer('payment-service.charge-payment', { outcome: 'done' });
    expect(saga.steps.map(({ name, direction, state }) => [name, direction, state])).to.deep.equal([
      ['create-order', 'compensate', 'succeeded'],
      ['reserve-stock', 'forward', 'compensated'],
      ['reserve-stock', 'compensate', 'succeeded'],
      ['charge-payment', 'forward', 'refused'],
      ['confirm-order', 'forward', 'skipped'],
      ['capture-payment', 'forward', 'skipped'],
      ['commit-stock', 'forward', 'skipped'],
    ]);
    expect(saga.last_error_code).to.equal('payment.declined');
    const types = sagas.participants.commands.filter((command) => command.saga.id === sagaId).map(({ type }) => type);
    expect(types.slice(2)).to.deep.equal(['product-service.release-stock', 'order-service.end-order']);
    const end = await sagas.participants.received('order-service.end-order');
    expect(end.data).to.deep.equal({ order_id: orderId, status: 'rejected', reason: 'payment.declined' });
  });

  it('G12: puts duplicate, late and orphaned replies on the timeline and does nothing more', async () => {
    const sagaId = await sagas.placeOrder(orderId);
    await sagas.reaches(sagaId, 'completed');
    const sent = [...sagas.participants.commands];
    const reserve = sent.find(({ saga }) => saga.id === sagaId && saga.step === 'reserve-stock');
    if (!reserve) throw new Error('no reserve-stock');
    await sagas.participants.reply(reserve, { outcome: 'done' });
    await sagas.participants.reply(reserve, { outcome: 'refused', code: 'stock.insufficient', detail: 'none' });
    const foreign = { ...reserve, saga: { ...reserve.saga, direction: 'compensate' as const } };
    await sagas.participants.reply(foreign, { outcome: 'done' });
    const saga = await waitFor('three replies on the timeline', async () => {
      const detail = await sagas.read(sagaId);
      return detail.timeline.slice(-3).every(({ kind }) => kind.startsWith('reply.')) && detail;
    });
    expect(saga.timeline.slice(-3).map(({ kind }) => kind)).to.deep.equal([
      'reply.duplicate',
      'reply.late',
      'reply.orphan',
    ]);
    expect(saga.state).to.equal('completed');
    expect(sagas.participants.commands).to.have.lengthOf(sent.length);
  });

  it('takes a message that comes twice once, and keeps a reply to no known saga as a dead letter', async () => {
    const sagaId = await sagas.placeOrder(orderId);
    await sagas.reaches(sagaId, 'completed');
    const reserve = sagas.participants.commands.find(({ saga }) => saga.id === sagaId);
    if (!reserve) throw new Error('no command');
    const replyId = await sagas.participants.reply(reserve, { outcome: 'done' });
    await sagas.participants.reply(reserve, { outcome: 'done' }, replyId);
    const stranger = { ...reserve, saga: { ...reserve.saga, id: '01900000-0000-7000-8000-000000000001' } };
    const orphanId = await sagas.participants.reply(stranger, { outcome: 'done' });
    const letter = await waitFor('the dead letter', async () => {
      const letters = await sagas.letters.peek(repliesQueue.name, 10);
      return letters.find(({ messageId }) => messageId === orphanId);
    });
    expect(letter.code).to.equal('saga.unknown');
    const lines = await sagas.db('saga_events').where({ saga_id: sagaId, message_id: replyId });
    expect(lines.map(({ kind }) => kind)).to.deep.equal(['reply.duplicate']);
  });

  it('starts a linked saga when a completed order is cancelled, which ends it', async () => {
    const sagaId = await sagas.placeOrder(orderId);
    await sagas.reaches(sagaId, 'completed');
    await sagas.cancelOrder(orderId, sagaId);
    const [linked] = await waitFor('the linked saga', async () => {
      const { linked: others } = await sagas.read(sagaId);
      return others.length > 0 && others;
    });
    if (!linked) throw new Error('no linked saga');
    expect(linked.type).to.equal('cancel-order');
    const undone = await sagas.reaches(linked.id, 'completed');
    expect(undone.steps.map(({ name, state }) => [name, state])).to.deep.equal([
      ['refund-payment', 'succeeded'],
      ['return-stock', 'succeeded'],
      ['end-order', 'succeeded'],
    ]);
    expect(undone.trace_id).to.equal('0af7651916cd43dd8448eb211c80319c');
  });

  it('tries again what a participant asks to have tried again, and shows each attempt', async () => {
    const busy = { outcome: 'transient', code: 'stock.busy', detail: 'locked', retry_after_ms: 1 } as const;
    sagas.participants.answer('product-service.reserve-stock', busy);
    const sagaId = await sagas.placeOrder(orderId);
    await waitFor('the second attempt', () =>
      sagas.participants.commands.some(({ saga }) => saga.id === sagaId && saga.attempt === 2),
    );
    sagas.participants.answer('product-service.reserve-stock', { outcome: 'done' });
    const saga = await sagas.reaches(sagaId, 'completed');
    const attempts = saga.steps[0]?.attempts ?? [];
    expect(attempts.map(({ outcome, cause, error }) => [outcome, cause, error?.code]).slice(0, 2)).to.deep.equal([
      ['transient', null, 'stock.busy'],
      ['transient', 'retry', 'stock.busy'],
    ]);
    expect(attempts.at(-1)?.outcome).to.equal('done');
  });
});
