import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { type Customer, logInAsAdmin, newCustomer, newProduct, placeOrder, setting, untilSettled } from './shop.ts';

describe('an operator', () => {
  let admin: Customer;
  let customer: Customer;

  before(async () => {
    admin = await logInAsAdmin();
    customer = await newCustomer();
  });

  it('sees the saga of a confirmed order, step by step', async () => {
    const saga = await sagaOf('tok_approve');
    expect(saga).to.include({ type: 'place-order', state: 'completed', pivot_passed: true });
    const forward = saga.steps.filter((step: { direction: string }) => step.direction === 'forward');
    expect(forward.map(({ name, state }: { name: string; state: string }) => `${name} ${state}`)).to.include.members([
      'reserve-stock succeeded',
      'charge-payment succeeded',
      'confirm-order succeeded',
      'capture-payment succeeded',
      'commit-stock succeeded',
    ]);
    expect(saga.timeline).to.have.length.greaterThan(8);
  });

  it('sees why an order was rejected, and its compensation in reverse', async () => {
    const saga = await sagaOf('tok_decline');
    expect(saga).to.include({ state: 'compensated', pivot_passed: false });
    const refused = saga.steps.find((step: { state: string }) => step.state === 'refused');
    expect(refused.name).to.equal('charge-payment');
    const byName = new Map(
      saga.steps.map((step: { name: string; direction: string; state: string }) => [
        `${step.name} ${step.direction}`,
        step.state,
      ]),
    );
    expect(byName.has('confirm-order forward') && byName.get('confirm-order forward')).not.to.equal('succeeded');
    expect(JSON.stringify(saga.timeline)).to.contain('release-stock');
  });

  it('finds it in the list by order and by state', async () => {
    const productId = await newProduct(admin, 1);
    const placed = await placeOrder(customer, { productId });
    await untilSettled(customer, placed.body.id);
    const byOrder = await admin.call('GET', `/admin/sagas?order_id=${placed.body.id}`);
    expect(byOrder.status).to.equal(200);
    expect(byOrder.body.items.map(({ id }: { id: string }) => id)).to.deep.equal([placed.body.saga_id]);
    const done = await waitFor('the saga is completed', async () => {
      const { body } = await admin.call('GET', `/admin/sagas?order_id=${placed.body.id}&state=completed`);
      return body.items.length === 1 && body;
    });
    expect(done.items[0].order_id).to.equal(placed.body.id);
    expect((await customer.call('GET', '/admin/sagas')).status).to.equal(403);
  });

  it('finds the messages of an order by name in the management interface', async () => {
    const productId = await newProduct(admin, 1);
    const placed = await placeOrder(customer, { productId });
    await untilSettled(customer, placed.body.id);
    const traced = await waitFor('the confirmation is traced', async () => {
      const messages = await traceOf(placed.body.id);
      return messages.some(({ type }) => type === 'order.updated') && messages;
    });
    const types = traced.map(({ type }) => type);
    expect(types).to.include.members([
      'order.created',
      'product-service.reserve-stock',
      'place-order.reserve-stock.done',
      'order-service.confirm-order',
    ]);
    for (const message of traced) {
      expect(message.app_id, message.type).to.match(/-service$|^saga-orchestrator$/);
      expect(message.message_id).to.match(/^[0-9a-f-]{36}$/);
    }
  });

  async function sagaOf(token: string) {
    const productId = await newProduct(admin, 1);
    const placed = await placeOrder(customer, { productId, token });
    await untilSettled(customer, placed.body.id);
    return waitFor('the saga has ended', async () => {
      const { body } = await admin.call('GET', `/admin/sagas/${placed.body.saga_id}`);
      return ['completed', 'compensated'].includes(body.state) && body;
    });
  }
});

interface TracedMessage {
  readonly type: string;
  readonly app_id: string;
  readonly message_id: string;
  readonly correlation_id: string;
}

/** Looks into shop.trace as the "Get messages" button does, and puts the messages back. */
async function traceOf(orderId: number): Promise<TracedMessage[]> {
  const url = new URL(setting('TEST_AMQP_MANAGEMENT_URL'));
  const credentials = Buffer.from(`${url.username}:${url.password}`).toString('base64');
  const answer = await fetch(
    `${url.origin}/api/queues/${new URL(setting('TEST_AMQP_URL')).pathname.slice(1)}/shop.trace/get`,
    {
      method: 'POST',
      headers: { authorization: `Basic ${credentials}`, 'content-type': 'application/json' },
      body: JSON.stringify({ count: 10_000, ackmode: 'ack_requeue_true', encoding: 'auto' }),
    },
  );
  if (!answer.ok) throw new Error(`management API answered ${answer.status}`);
  const messages = (await answer.json()) as { properties: TracedMessage }[];
  return messages
    .map(({ properties }) => properties)
    .filter(({ correlation_id }) => correlation_id === `order-${orderId}`);
}
