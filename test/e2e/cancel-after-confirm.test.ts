import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { type CancelShop, openCancelShop } from './cancel-shop.ts';
import { freeze, letAllGo, lockRow } from './holds.ts';
import type { TestOrder } from './order-ends.ts';

/** G13: one test per row of the second table in docs/api/orders.md. */
describe('cancelling an order after it is confirmed', () => {
  let shop: CancelShop;
  before(async () => {
    shop = await openCancelShop();
  });
  afterEach(letAllGo);
  after(() => shop.close());

  it('at the moment of confirm-order, the confirmation first', async () => {
    const { order, row } = await placeUpToConfirm();
    const answer = shop.cancel(order);
    await row.untilWaited(2);

    await row.letGo();

    const { status, body } = await answer;
    expect([status, body.status]).to.deep.equal([202, 'cancelling']);
    await shop.expectEnd(order, undone);
  });

  it('during capture-payment and commit-stock', async () => {
    const { order, row } = await placeUpToConfirm();
    const payments = freeze('payment-service');
    const stock = await lockRow('products_db', 'products', order.productId);
    await row.letGo();
    await stock.untilWaited(1);
    await shop.untilStep(order, 'capture-payment', 'in_flight');
    await shop.cancelWell(order);
    await shop.untilHeard(order);
    // Nothing is undone before what is under way is done.
    const forward = 'reserve-stock, charge-payment, confirm-order, capture-payment, commit-stock';
    expect(await shop.sagas(order)).to.deep.equal({ 'place-order': `running: ${forward}` });

    await stock.letGo();
    await payments.letGo();

    await shop.expectEnd(order, undone);
  });

  it('when the saga is completed', async () => {
    const order = await shop.placeAndConfirm();
    await shop.cancelWell(order);

    await shop.expectEnd(order, undone);
    await expectMailed(order, 'order-cancelled');
  });

  it('when the saga is completed, and the provider loses every answer', async () => {
    const order = await shop.placeAndConfirm({ token: 'tok_answer_lost' });
    await shop.cancelWell(order);

    await shop.expectEnd(order, undone);
  });

  it('when the saga of an order that costs nothing is completed', async () => {
    const order = await shop.placeAndConfirm({ price: 0 });
    const placed = { 'place-free-order': 'completed: reserve-stock, confirm-order, commit-stock' };
    const free = { money: 'nothing to pay', stock: 'two sold', sagas: placed } as const;
    await shop.expectEnd(order, { ...free, status: 'confirmed', history: confirmed });

    await shop.cancelWell(order);

    await shop.expectEnd(order, {
      ...undone,
      money: 'nothing to pay',
      sagas: { ...placed, 'cancel-order': 'completed: refund-payment, return-stock, end-order' },
    });
  });

  it('in processing, by its owner', async () => {
    const order = await shop.placeAndConfirm();
    await shop.move(order, 'processing');

    await expectRefused(order, 'processing');

    await shop.expectEnd(order, { ...sold, status: 'processing', history: [...confirmed, 'processing by admin'] });
  });

  it('in processing, by an admin', async () => {
    const order = await shop.placeAndConfirm();
    await shop.move(order, 'processing');
    const { status, body } = await shop.cancel(order, shop.admin);
    expect([status, body.status]).to.deep.equal([202, 'cancelling']);

    const history = [...confirmed, 'processing by admin', 'cancelling by admin', 'cancelled by saga'];
    await shop.expectEnd(order, { ...undone, history });
  });

  it('shipped', async () => {
    const order = await shop.placeAndConfirm();
    await shop.move(order, 'processing', 'shipped');

    await expectRefused(order, 'shipped', shop.admin);

    const history = [...confirmed, 'processing by admin', 'shipped by admin'];
    await shop.expectEnd(order, { ...sold, status: 'shipped', history });
  });

  it('delivered', async () => {
    const order = await shop.placeAndConfirm();
    await shop.move(order, 'processing', 'shipped', 'delivered');

    await expectRefused(order, 'delivered', shop.admin);

    const history = [...confirmed, 'processing by admin', 'shipped by admin', 'delivered by admin'];
    await shop.expectEnd(order, { ...sold, status: 'delivered', history });
  });

  const confirmed = ['pending by customer', 'confirmed by saga'];
  const forward = 'completed: reserve-stock, charge-payment, confirm-order, capture-payment, commit-stock';

  const sold = { stock: 'two sold', money: 'paid', sagas: { 'place-order': forward } } as const;

  const undone = {
    status: 'cancelled',
    history: [...confirmed, 'cancelling by customer', 'cancelled by saga'],
    stock: 'all there',
    money: 'paid and refunded',
    sagas: { 'place-order': forward, 'cancel-order': 'completed: refund-payment, return-stock, end-order' },
  } as const;

  /** An order whose confirmation waits for its row. */
  async function placeUpToConfirm() {
    const payments = freeze('payment-service');
    const order = await shop.place(await shop.product());
    await shop.untilStep(order, 'charge-payment', 'in_flight');
    const row = await lockRow('orders_db', 'orders', order.id);
    await payments.letGo();
    await row.untilWaited(1);
    return { order, row };
  }

  async function expectRefused(order: TestOrder, at: string, by = shop.customer): Promise<void> {
    const before = await shop.read(order);
    const { status, body } = await shop.cancel(order, by);
    expect([status, body.code]).to.deep.equal([409, 'order.not_cancellable']);
    expect(body.detail).to.contain(at);
    expect(await shop.read(order)).to.deep.equal(before);
  }

  async function expectMailed({ id }: TestOrder, template: string): Promise<void> {
    await waitFor(`${template} is mailed`, async () => {
      const { body } = await shop.customer.call('GET', `/users/${shop.customer.id}/notifications`);
      return body.items.some(
        (mail: { order_id: number; template: string }) => mail.order_id === id && mail.template === template,
      );
    });
  }
}).timeout(120_000);
