import { expect } from 'chai';
import { type CancelShop, openCancelShop } from './cancel-shop.ts';
import { freeze, letAllGo } from './holds.ts';
import { callGateway, newCustomer } from './shop.ts';

const cancelledByCustomer = ['pending by customer', 'cancelling by customer', 'cancelled by saga'];
const undoneBeforeCharge = 'compensated: reserve-stock, undo reserve-stock, undo create-order';
const confirmed = {
  status: 'confirmed',
  history: ['pending by customer', 'confirmed by saga'],
  stock: 'two sold',
  money: 'paid',
  sagas: {
    'place-order': 'completed: reserve-stock, charge-payment, confirm-order, capture-payment, commit-stock',
  },
} as const;
const confirmedAndUndone = {
  status: 'cancelled',
  history: ['pending by customer', 'confirmed by saga', 'cancelling by customer', 'cancelled by saga'],
  stock: 'all there',
  money: 'paid and refunded',
  sagas: {
    'place-order': 'completed: reserve-stock, charge-payment, confirm-order, capture-payment, commit-stock',
    'cancel-order': 'completed: refund-payment, return-stock, end-order',
  },
} as const;

/** G13: one test per row of the third table in docs/api/orders.md. */
describe('cancelling an order again, too late, or as somebody else', () => {
  let shop: CancelShop;
  before(async () => {
    shop = await openCancelShop();
  });
  afterEach(letAllGo);
  after(() => shop.close());

  it('already cancelling', async () => {
    const productId = await shop.product();
    const relay = freeze('outbox-relay');
    const order = await shop.place(productId);
    const first = await shop.cancel(order);
    const again = await shop.cancel(order);
    const byAdmin = await shop.cancel(order, shop.admin);
    expect([first.status, again.status, byAdmin.status]).to.deep.equal([202, 202, 202]);
    expect(again.body).to.deep.equal(first.body);
    expect(byAdmin.body).to.deep.equal(first.body);

    await relay.letGo();

    await shop.expectEnd(order, {
      status: 'cancelled',
      history: cancelledByCustomer,
      stock: 'all there',
      money: 'nothing charged',
      sagas: { 'place-order': undoneBeforeCharge },
    });
    expect(await shop.cancelsHeard(order)).to.equal(1);
  });

  it('already cancelled', async () => {
    const order = await shop.placeAndConfirm();
    await shop.cancel(order);
    await shop.expectEnd(order, confirmedAndUndone);
    const before = await shop.read(order);

    const again = await shop.cancel(order);

    expect([again.status, again.body]).to.deep.equal([200, before]);
    await shop.expectEnd(order, confirmedAndUndone);
    expect(await shop.read(order)).to.deep.equal(before);
    expect(await shop.cancelsHeard(order)).to.equal(1);
  });

  it('rejected', async () => {
    const order = await shop.place(await shop.product(), 'tok_decline');
    const rejected = {
      status: 'rejected',
      history: ['pending by customer', 'rejected by saga'],
      stock: 'all there',
      money: 'card declined',
      sagas: { 'place-order': 'compensated: reserve-stock, charge-payment, undo reserve-stock, undo create-order' },
    } as const;
    await shop.expectEnd(order, rejected);
    const before = await shop.read(order);

    const answer = await shop.cancel(order);

    expect([answer.status, answer.body]).to.deep.equal([200, before]);
    await shop.expectEnd(order, rejected);
    expect(await shop.cancelsHeard(order)).to.equal(0);
  });

  it('asked twenty times at once', async () => {
    const order = await shop.placeAndConfirm();

    const answers = await Promise.all(Array.from({ length: 20 }, () => shop.cancel(order)));

    for (const { status } of answers) expect(status).to.be.oneOf([200, 202]);
    await shop.expectEnd(order, confirmedAndUndone);
    expect(await shop.cancelsHeard(order)).to.equal(1);
  });

  it('by somebody else', async () => {
    const order = await shop.placeAndConfirm();
    await shop.expectEnd(order, confirmed);
    const before = await shop.read(order);

    const answer = await shop.cancel(order, await newCustomer());

    expect([answer.status, answer.body.code]).to.deep.equal([404, 'order.not_found']);
    expect(await shop.read(order)).to.deep.equal(before);
    expect(await shop.cancelsHeard(order)).to.equal(0);
    await shop.expectEnd(order, confirmed);
  });

  it('without a token', async () => {
    const order = await shop.placeAndConfirm();
    await shop.expectEnd(order, confirmed);
    const before = await shop.read(order);

    const answer = await callGateway('POST', `/orders/${order.id}/cancel`, { body: {} });

    expect([answer.status, answer.body.code]).to.deep.equal([401, 'auth.required']);
    expect(await shop.read(order)).to.deep.equal(before);
    expect(await shop.cancelsHeard(order)).to.equal(0);
    await shop.expectEnd(order, confirmed);
  });
}).timeout(120_000);
