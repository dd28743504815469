import { inTransaction } from '@sagacity/chassis/db/transaction';
import { uuid7 } from '@sagacity/chassis/ids/uuid7';
import type { paymentEvents } from '@sagacity/payment-service/contract/events';
import { expect } from 'chai';
import { paymentEventHandlers } from '../src/messaging/payment-events.ts';
import { confirmOrder } from '../src/use-cases/confirm-order.ts';
import { anOrder, aQuote, type OrderFixture, startOrders } from './order-fixture.ts';

type News = keyof typeof paymentEvents;

describe('what an order tells of its money', () => {
  let orders: OrderFixture;
  before(async () => {
    orders = await startOrders();
    orders.quotes.set(1, aQuote());
  });
  beforeEach(() => orders.database.db.raw('TRUNCATE orders, outbox RESTART IDENTITY CASCADE'));
  after(() => orders.stop());

  it('follows the payment from the hold to the last refund', async () => {
    const id = await place();
    expect(await statusOf(id)).to.equal('pending');
    await inTransaction(orders.database.db, (trx) => confirmOrder(trx, orders.deps.announce, id, {}));
    expect(await statusOf(id)).to.equal('authorized');
    await hear(id, 'payment.captured', { captured_amount: 20 });
    expect(await statusOf(id)).to.equal('captured');
    await hear(id, 'payment.refunded', { captured_amount: 20, refunded_amount: 5, refund_amount: 5 });
    expect(await statusOf(id)).to.equal('partially_refunded');
    await hear(id, 'payment.refunded', { captured_amount: 20, refunded_amount: 19.99, refund_amount: 14.99 });
    expect(await statusOf(id)).to.equal('partially_refunded');
    await hear(id, 'payment.refunded', { captured_amount: 20, refunded_amount: 20, refund_amount: 0.01 });
    expect(await statusOf(id)).to.equal('refunded');
  });

  it('tells of a refused card, and of a hold that was given back', async () => {
    const [failed, voided] = [await place(), await place()];
    await hear(failed, 'payment.failed', { code: 'payment.declined' });
    await hear(voided, 'payment.voided');
    expect([await statusOf(failed), await statusOf(voided)]).to.deep.equal(['failed', 'voided']);
  });

  it('takes nothing back when news come late or twice', async () => {
    const id = await place();
    await hear(id, 'payment.refunded', { captured_amount: 20, refunded_amount: 20, refund_amount: 15 });
    const { version } = await orders.database.db('orders').where({ id }).first('version');
    for (const step of [1, 2]) {
      await hear(id, 'payment.captured', { captured_amount: 20 });
      await hear(id, 'payment.refunded', { captured_amount: 20, refunded_amount: 5, refund_amount: 5 });
      await hear(id, 'payment.failed', { code: 'payment.declined' });
      await hear(id, 'payment.voided');
      expect(await statusOf(id), `round ${step}`).to.equal('refunded');
    }
    expect(await orders.database.db('orders').where({ id }).first('version')).to.deep.equal({ version });
  });

  it('changes nothing else, and no other order', async () => {
    const [id, other] = [await place(), await place()];
    const before = await orders.database.db('orders').where({ id: other }).first();
    await hear(id, 'payment.captured', { captured_amount: 20 });
    expect(await orders.database.db('orders').where({ id: other }).first()).to.deep.equal(before);
    expect(await orders.database.db('orders').where({ id }).first()).to.include({ status: 'pending', version: 2 });
    expect(await orders.database.db('order_status_history').where({ order_id: id })).to.have.lengthOf(1);
  });

  async function place(): Promise<number> {
    const token = orders.tokens.issue({ userId: 7 });
    return (await orders.server.call('POST', '/orders', { token, body: anOrder() })).body.id;
  }

  async function statusOf(id: number): Promise<string> {
    const token = orders.tokens.issue({ userId: 7 });
    return (await orders.server.call('GET', `/orders/${id}`, { token })).body.payment_status;
  }

  /** The message as the consumer hands it over, held against its contract. */
  function hear(orderId: number, type: News, data: object = {}): Promise<unknown> {
    const messageId = uuid7();
    const body = {
      event_id: messageId,
      type,
      occurred_at: new Date().toISOString(),
      aggregate: { type: 'payment', id: orderId, version: 1 },
      data: { ...nothingYet, payment_id: orderId, order_id: orderId, ...data },
    };
    const handler = paymentEventHandlers(orders.deps.announce)[type];
    expect(handler?.validate(body), type).to.deep.equal({ valid: true });
    const delivery = { context: { correlationId: `order-${orderId}` }, retryCount: 0, redelivered: false };
    return inTransaction(orders.database.db, async (trx) =>
      handler?.handle(trx, { messageId, type, body, ...delivery }),
    );
  }

  const nothingYet = { user_id: 7, amount: 20, currency: 'EUR', captured_amount: 0, refunded_amount: 0 };
});
