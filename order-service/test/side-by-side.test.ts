import type { Trx } from '@sagacity/chassis/db/database';
import { uuid7 } from '@sagacity/chassis/ids/uuid7';
import { sideBySide } from '@sagacity/chassis/test-kit/side-by-side';
import { expect } from 'chai';
import { findStoredAnswerAgain, insertStoredAnswer, tryLockKey } from '../src/persistence/idempotency-keys.ts';
import { insertOrder, type NewOrder } from '../src/persistence/orders.ts';
import { confirmOrder } from '../src/use-cases/confirm-order.ts';
import { recordPayment } from '../src/use-cases/record-payment.ts';
import { type OrderFixture, startOrders } from './order-fixture.ts';

describe('orders that travel together', () => {
  let orders: OrderFixture;
  before(async () => {
    orders = await startOrders();
  });
  beforeEach(() => orders.database.db.raw('TRUNCATE orders, outbox RESTART IDENTITY CASCADE'));
  after(() => orders.stop());

  it('are inserted in one statement, each with its own lines in their order', async () => {
    const wanted = [[3, 1, 2], [5], [4, 3]].map(newOrder);

    const { results, statements } = await together(wanted.map((order) => (trx) => insertOrder(trx, order)));

    expect(statements).to.equal(1);
    expect(results.map(({ saga_id }) => saga_id)).to.deep.equal(wanted.map(({ sagaId }) => sagaId));
    expect(results.map(({ items }) => items.map(({ product_id }) => product_id))).to.deep.equal([
      [3, 1, 2],
      [5],
      [4, 3],
    ]);
    expect(results.map(({ items }) => items.map(({ unit_price }) => unit_price))).to.deep.equal([
      [30, 10, 20],
      [50],
      [40, 30],
    ]);
    expect(results.map(({ status, total_amount, version }) => [status, total_amount, version])).to.deep.equal([
      ['pending', '60.00', 1],
      ['pending', '50.00', 1],
      ['pending', '70.00', 1],
    ]);
    expect(await historyOf(results.map(({ id }) => id))).to.deep.equal([
      [null, 'pending'],
      [null, 'pending'],
      [null, 'pending'],
    ]);
  });

  it('are confirmed in one statement, but for the one that somebody asked to cancel and the one that is not there', async () => {
    const [one, cancelling, other] = (await inserted(3)) as [number, number, number];
    await orders.database.db('orders').where({ id: cancelling }).update({ status: 'cancelling' });
    const confirm = (id: number) => (trx: Trx) =>
      confirmOrder(trx, orders.deps.announce, id, {}).catch((error: { code: string }) => ({ outcome: error.code }));

    const { results, statements } = await together([other, cancelling, 999, one].map(confirm));

    expect(results.map(({ outcome }) => outcome)).to.deep.equal(['done', 'refused', 'order.not_found', 'done']);
    // All locked and read, two moved, their events.
    expect(statements).to.equal(3);
    const rows = await orders.database.db('orders').orderBy('id').select('status', 'payment_status', 'version');
    expect(rows).to.deep.equal([
      { status: 'confirmed', payment_status: 'authorized', version: 2 },
      { status: 'cancelling', payment_status: 'pending', version: 1 },
      { status: 'confirmed', payment_status: 'authorized', version: 2 },
    ]);
    expect((await orders.events()).map(({ body }) => body.data.order_id)).to.deep.equal([other, one]);
  });

  it('hear of their money in one statement, and one order of two things one after the other', async () => {
    const [one, other] = (await inserted(2)) as [number, number];
    const hear = (id: number, status: 'captured' | 'refunded' | 'failed') => (trx: Trx) =>
      recordPayment(trx, orders.deps.announce, id, status);

    const { statements } = await together([hear(one, 'captured'), hear(other, 'failed'), hear(one, 'refunded')]);

    expect(statements).to.equal(2);
    const rows = await orders.database.db('orders').orderBy('id').select('payment_status', 'version');
    expect(rows).to.deep.equal([
      { payment_status: 'refunded', version: 3 },
      { payment_status: 'failed', version: 2 },
    ]);
  });

  it('claim their Idempotency-Keys together, each once', async () => {
    const place = (key: string) => async (trx: Trx) => {
      const scope = { userId: 7, route: 'POST /orders', key };
      const isFree = await tryLockKey(trx, scope);
      const before = await findStoredAnswerAgain(trx, scope);
      const { id } = await insertOrder(trx, newOrder([1]));
      const answered = { ...scope, stored: { fingerprint: `of ${key}`, orderId: id, answer: { id } } };
      return { id, isFree, before, isNew: await insertStoredAnswer(trx, answered) };
    };

    const { results: first, statements } = await together([place('a'), place('b')]);
    const { results: second } = await together([place('c'), place('b')]);

    expect(statements).to.equal(4);
    expect(first.map(({ isFree, before, isNew }) => [isFree, before, isNew])).to.deep.equal([
      [true, undefined, true],
      [true, undefined, true],
    ]);
    expect(second.map(({ isFree, isNew }) => [isFree, isNew])).to.deep.equal([
      [true, true],
      [true, false],
    ]);
    expect(second.map(({ before }) => before?.answer)).to.deep.equal([undefined, { id: first[1]?.id }]);
  });

  const together: <T>(works: Parameters<typeof sideBySide<T>>[1]) => ReturnType<typeof sideBySide<T>> = (works) =>
    sideBySide(orders.database.db, works);

  async function inserted(count: number): Promise<number[]> {
    const wanted = Array.from({ length: count }, () => newOrder([1]));
    const { results } = await together(wanted.map((order) => (trx) => insertOrder(trx, order)));
    return results.map(({ id }) => id);
  }

  async function historyOf(ids: readonly number[]): Promise<unknown[]> {
    const rows = await orders.database
      .db('order_status_history')
      .whereIn('order_id', [...ids])
      .orderBy('order_id');
    return rows.map(({ from_status, to_status }) => [from_status, to_status]);
  }
});

/** One of each product, at ten times its id. */
function newOrder(productIds: readonly number[]): NewOrder {
  const lines = productIds.map((productId) => ({
    productId,
    productName: `Lamp ${productId}`,
    sku: `L-${productId}`,
    quantity: 1,
    unitPriceCents: productId * 1_000,
    totalCents: productId * 1_000,
  }));
  return {
    lines,
    totalCents: lines.reduce((sum, { totalCents }) => sum + totalCents, 0),
    currency: 'EUR',
    userId: 7,
    sagaId: uuid7(),
    shippingAddress: '1 Way',
    billingAddress: '1 Way',
    payment: { provider: 'sandbox', token: 'tok_approve' },
    paymentStatus: 'pending',
  };
}
