import { expect } from 'chai';
import { type CancelShop, openCancelShop } from './cancel-shop.ts';
import { freeze, letAllGo, lockRow, pause } from './holds.ts';

const cancelledByCustomer = ['pending by customer', 'cancelling by customer', 'cancelled by saga'];

/** G13: one test per row of the first table in docs/api/orders.md. */
describe('cancelling an order before it is confirmed', () => {
  let shop: CancelShop;
  before(async () => {
    shop = await openCancelShop();
  });
  afterEach(letAllGo);
  after(() => shop.close());

  it('before the orchestrator has heard of the order', async () => {
    const productId = await shop.product();
    const relay = freeze('outbox-relay');
    const order = await shop.place(productId);
    await shop.cancelWell(order);
    expect(await shop.sagas(order)).to.deep.equal({});

    await relay.letGo();

    await shop.expectEnd(order, {
      status: 'cancelled',
      history: cancelledByCustomer,
      stock: 'all there',
      money: 'nothing charged',
      sagas: { 'place-order': 'compensated: reserve-stock, undo reserve-stock, undo create-order' },
    });
  });

  it('during reserve-stock', async () => {
    const productId = await shop.product();
    const stock = await lockRow('products_db', 'products', productId);
    const order = await shop.place(productId);
    await stock.untilWaited(1);
    await shop.cancelWell(order);
    await shop.untilHeard(order);

    await stock.letGo();

    await shop.expectEnd(order, {
      status: 'cancelled',
      history: cancelledByCustomer,
      stock: 'all there',
      money: 'nothing charged',
      sagas: { 'place-order': 'compensated: reserve-stock, undo reserve-stock, undo create-order' },
    });
  });

  it('after reserve-stock, before charge-payment', async () => {
    const productId = await shop.product();
    const stock = await lockRow('products_db', 'products', productId);
    const order = await shop.place(productId);
    await stock.untilWaited(1);
    const saga = await pause(shop.admin, order.sagaId);
    await stock.letGo();
    await shop.untilStep(order, 'reserve-stock', 'succeeded');
    await shop.cancelWell(order);
    await shop.untilHeard(order);
    expect(await shop.sagas(order)).to.deep.equal({ 'place-order': 'paused: reserve-stock' });

    await saga.letGo();

    await shop.expectEnd(order, {
      status: 'cancelled',
      history: cancelledByCustomer,
      stock: 'all there',
      money: 'nothing charged',
      sagas: { 'place-order': 'compensated: reserve-stock, undo reserve-stock, undo create-order' },
    });
  });

  it('during charge-payment, which then succeeds', async () => {
    const order = await shop.place(await shop.product(), 'tok_slow');
    await shop.untilStep(order, 'charge-payment', 'in_flight');
    await shop.cancelWell(order);

    await shop.expectEnd(order, holdGivenBack);
  });

  it('during charge-payment, which is then declined', async () => {
    const payments = freeze('payment-service');
    const order = await shop.place(await shop.product(), 'tok_decline');
    await shop.untilStep(order, 'charge-payment', 'in_flight');
    await shop.cancelWell(order);
    await shop.untilHeard(order);

    await payments.letGo();

    await shop.expectEnd(order, {
      ...holdGivenBack,
      money: 'card declined',
      sagas: { 'place-order': 'compensated: reserve-stock, charge-payment, undo reserve-stock, undo create-order' },
    });
  });

  it('during charge-payment, while the provider gives no answer', async () => {
    const order = await shop.place(await shop.product(), 'tok_timeout_then_approve');
    await shop.untilStep(order, 'charge-payment', 'in_flight');
    await shop.cancelWell(order);

    await shop.expectEnd(order, holdGivenBack);
  });

  it('during charge-payment, while the payment service is away until it is given up', async () => {
    const payments = freeze('payment-service');
    const order = await shop.place(await shop.product());
    await shop.untilStep(order, 'charge-payment', 'in_flight');
    await shop.cancelWell(order);
    await shop.untilStep(order, 'charge-payment', 'unknown');

    await payments.letGo();

    // The charge was still waiting in the queue, in front of its undoing.
    await shop.expectEnd(order, holdGivenBack);
  });

  it('after charge-payment, before confirm-order', async () => {
    const payments = freeze('payment-service');
    const order = await shop.place(await shop.product());
    await shop.untilStep(order, 'charge-payment', 'in_flight');
    const saga = await pause(shop.admin, order.sagaId);
    await payments.letGo();
    await shop.untilStep(order, 'charge-payment', 'succeeded');
    await shop.cancelWell(order);
    await shop.untilHeard(order);
    expect(await shop.sagas(order)).to.deep.equal({ 'place-order': 'paused: reserve-stock, charge-payment' });

    await saga.letGo();

    await shop.expectEnd(order, holdGivenBack);
  });

  it('at the moment of confirm-order, the cancel first', async () => {
    const payments = freeze('payment-service');
    const order = await shop.place(await shop.product());
    const row = await lockRow('orders_db', 'orders', order.id);
    const answer = shop.cancel(order);
    await row.untilWaited(1);
    await payments.letGo();
    await row.untilWaited(2);

    await row.letGo();

    const { status, body } = await answer;
    expect([status, body.status]).to.deep.equal([202, 'cancelling']);
    await shop.untilStep(order, 'confirm-order', 'refused');
    await shop.expectEnd(order, {
      ...holdGivenBack,
      sagas: {
        'place-order':
          'compensated: reserve-stock, charge-payment, confirm-order, undo charge-payment, undo reserve-stock, undo create-order',
      },
    });
  });

  it('while a refused order is being undone', async () => {
    const payments = freeze('payment-service');
    const productId = await shop.product();
    const order = await shop.place(productId, 'tok_decline');
    await shop.untilStep(order, 'reserve-stock', 'succeeded');
    const stock = await lockRow('products_db', 'products', productId);
    await payments.letGo();
    await stock.untilWaited(1);
    await shop.untilStep(order, 'reserve-stock', 'in_flight', 'compensate');
    await shop.cancelWell(order);

    await stock.letGo();

    await shop.expectEnd(order, {
      ...holdGivenBack,
      money: 'card declined',
      sagas: { 'place-order': 'compensated: reserve-stock, charge-payment, undo reserve-stock, undo create-order' },
    });
  });

  const holdGivenBack = {
    status: 'cancelled',
    history: cancelledByCustomer,
    stock: 'all there',
    money: 'hold given back',
    sagas: {
      'place-order':
        'compensated: reserve-stock, charge-payment, undo charge-payment, undo reserve-stock, undo create-order',
    },
  } as const;
}).timeout(120_000);
