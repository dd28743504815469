import { compile } from '@sagacity/chassis/schema/validator';
import { expect } from 'chai';
import { orderCreated } from '../src/contract/events.ts';
import { orderSchema } from '../src/contract/orders.ts';
import { anOrder, aQuote, type OrderFixture, startOrders } from './order-fixture.ts';

describe('placing an order', () => {
  let orders: OrderFixture;
  before(async () => {
    orders = await startOrders();
  });
  beforeEach(async () => {
    orders.quotes.clear();
    orders.quotes.set(1, aQuote());
    await orders.database.db.raw('TRUNCATE orders, outbox RESTART IDENTITY CASCADE');
  });
  after(() => orders.stop());

  it('answers it as pending with its lines priced as they are now, and writes order, history and event together', async () => {
    const answer = await post(anOrder({ items: [{ product_id: 1, quantity: 3 }] }));
    expect(answer.status).to.equal(201);
    expect(answer.headers.get('location')).to.equal(`/orders/${answer.body.id}`);
    expect(compile(orderSchema)(answer.body)).to.deep.equal({ valid: true });
    expect(answer.body).to.include({
      status: 'pending',
      total_amount: 30,
      user_id: 7,
      billing_address: '1 Test Street',
    });
    const [event, ...others] = await orders.events();
    expect(others).to.deep.equal([]);
    expect(event?.type).to.equal('order.created');
    expect(compile(orderCreated)(event?.body)).to.deep.equal({ valid: true });
    expect(event?.body.data).to.deep.include({
      item_count: 3,
      payment_method: { provider: 'sandbox', token: 'tok_approve' },
    });
    expect(JSON.stringify(event?.body)).not.to.contain('Test Street');
    const history = await orders.database.db('order_status_history').where({ order_id: answer.body.id });
    expect(history).to.have.lengthOf(1);
    expect(history[0]).to.include({ to_status: 'pending', actor: 'user 7', version: 1 });
  });

  it('refuses unknown products and what is certainly not there, and writes nothing', async () => {
    orders.quotes.set(2, aQuote({ productId: 2, available: 1 }));
    const unknown = await post(anOrder({ items: [{ product_id: 9, quantity: 1 }] }));
    const short = await post(anOrder({ items: [{ product_id: 2, quantity: 2 }] }));
    expect([unknown.status, unknown.body.code]).to.deep.equal([422, 'order.product_unknown']);
    expect([short.status, short.body.code]).to.deep.equal([409, 'order.out_of_stock']);
    expect(short.body.errors[0]).to.deep.include({ pointer: '/items/0/quantity', detail: 'only 1 are available' });
    expect(await orders.events()).to.deep.equal([]);
    expect(await orders.database.db('orders').count({ n: '*' })).to.deep.equal([{ n: 0 }]);
  });

  it('takes no payment method that the payment service would not, and stores nothing of it', async () => {
    const wrong = [
      [{ provider: 'sandbox', token: '4242424242424242' }, '/payment_method/token'],
      [{ provider: 'sandbox', token: '' }, '/payment_method/token'],
      [{ provider: 'sandbox', token: `tok_${'x'.repeat(128)}` }, '/payment_method/token'],
      [{ provider: 'Sand box', token: 'tok_approve' }, '/payment_method/provider'],
      [{ provider: 'sandbox' }, '/payment_method/token'],
      [{ provider: 'sandbox', token: 'tok_approve', card: '4242' }, '/payment_method/card'],
      ['tok_approve', '/payment_method'],
    ] as const;
    for (const [method, pointer] of wrong) {
      const answer = await post(anOrder({ payment_method: method }));
      expect([answer.status, answer.body.errors[0].pointer], JSON.stringify(method)).to.deep.equal([400, pointer]);
      expect(JSON.stringify(answer.body)).not.to.contain('4242');
    }
    expect(await orders.database.db('orders').count({ n: '*' })).to.deep.equal([{ n: 0 }]);
  });

  it('refuses a total that is not the one expected', async () => {
    expect((await post(anOrder({ expected_total: 20 }))).status).to.equal(201);
    const answer = await post(anOrder({ expected_total: 19.99 }));
    expect([answer.status, answer.body.code, answer.body.total_amount]).to.deep.equal([409, 'order.price_changed', 20]);
  });

  it('takes an order that costs nothing, for which nothing is to be paid', async () => {
    orders.quotes.set(1, aQuote({ priceCents: 0 }));
    const { status, body } = await post(anOrder({ expected_total: 0 }));
    expect(status).to.equal(201);
    expect(body).to.include({ total_amount: 0, payment_status: 'not_required' });
    expect((await orders.events())[0]?.body.data).to.include({ total_amount: 0 });
  });

  it('G15: keeps no order when its event cannot be written', async () => {
    await orders.database.db.raw('ALTER TABLE outbox ADD CONSTRAINT broken CHECK (false) NOT VALID');
    try {
      expect((await post(anOrder(), { 'idempotency-key': 'k-3' })).status).to.equal(500);
    } finally {
      await orders.database.db.raw('ALTER TABLE outbox DROP CONSTRAINT broken');
    }
    for (const table of ['orders', 'order_items', 'order_status_history', 'idempotency_keys']) {
      expect(await orders.database.db(table).count({ n: '*' }), table).to.deep.equal([{ n: 0 }]);
    }
    expect((await post(anOrder(), { 'idempotency-key': 'k-3' })).status).to.equal(201);
  });

  function post(body: object, headers: Record<string, string> = {}, userId = 7) {
    return orders.server.call('POST', '/orders', { token: orders.tokens.issue({ userId }), body, headers });
  }
});
