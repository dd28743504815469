import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import {
  type Customer,
  callGateway,
  logInAsAdmin,
  newCustomer,
  newProduct,
  placeOrder,
  stockOf,
  untilSettled,
} from './shop.ts';

describe('an order, from the gateway and back', () => {
  let admin: Customer;
  let customer: Customer;

  before(async () => {
    admin = await logInAsAdmin();
    customer = await newCustomer();
  });

  it('is answered at once as pending, and ends confirmed with its stock sold and its money captured', async () => {
    const productId = await newProduct(admin, 10, 599.8);
    const placed = await placeOrder(customer, { productId, quantity: 2 });
    expect(placed.status).to.equal(201);
    expect(placed.headers.get('location')).to.equal(`/orders/${placed.body.id}`);
    expect(placed.body).to.include({ status: 'pending', total_amount: 1199.6, user_id: customer.id });

    const order = await untilSettled(customer, placed.body.id);

    expect(order.status).to.equal('confirmed');
    await waitFor('the stock is sold', async () => (await stockOf(admin, productId)).onHand === 8);
    expect(await stockOf(admin, productId)).to.deep.equal({ onHand: 8, available: 8 });
    const payments = await waitFor('the money is captured', async () => {
      const { body } = await customer.call('GET', `/orders/${order.id}/payments`);
      return body.items?.[0]?.state === 'captured' && body.items;
    });
    expect(payments).to.have.lengthOf(1);
    expect(payments[0]).to.include({ amount: 1199.6, captured_amount: 1199.6 });
  });

  it('ends rejected when the card is declined, and gives the stock back', async () => {
    const productId = await newProduct(admin, 3);
    const placed = await placeOrder(customer, { productId, token: 'tok_decline' });
    const order = await untilSettled(customer, placed.body.id);
    expect(order.status).to.equal('rejected');
    expect(order.status_reason).to.match(/declin/i);
    expect(await stockOf(admin, productId)).to.deep.equal({ onHand: 3, available: 3 });
  });

  it('is refused at once when there is certainly not enough', async () => {
    const productId = await newProduct(admin, 1);
    const answer = await placeOrder(customer, { productId, quantity: 2 });
    expect([answer.status, answer.body.code]).to.deep.equal([409, 'order.out_of_stock']);
    expect(await stockOf(admin, productId)).to.deep.equal({ onHand: 1, available: 1 });
  });

  it('S4: sells the last units exactly once to many buyers at the same time, and charges nobody else', async () => {
    const productId = await newProduct(admin, 5);
    const answers = await Promise.all(Array.from({ length: 20 }, () => placeOrder(customer, { productId })));
    const accepted = answers.filter(({ status }) => status === 201);
    for (const { status, body } of answers) if (status !== 201) expect(body.code).to.equal('order.out_of_stock');
    const orders = await Promise.all(accepted.map(({ body }) => untilSettled(customer, body.id)));
    expect(orders.filter(({ status }) => status === 'confirmed')).to.have.lengthOf(5);
    for (const order of orders) {
      if (order.status === 'confirmed') continue;
      expect(order.status_reason).to.match(/stock/i);
      expect((await customer.call('GET', `/orders/${order.id}/payments`)).body.items).to.deep.equal([]);
    }
    await waitFor('all is sold', async () => (await stockOf(admin, productId)).onHand === 0);
    expect(await stockOf(admin, productId)).to.deep.equal({ onHand: 0, available: 0 });
  });

  it('shows in the history of its user, and a mail is logged for it', async () => {
    const productId = await newProduct(admin, 1);
    const placed = await placeOrder(customer, { productId });
    await untilSettled(customer, placed.body.id);
    const entry = await waitFor('the history shows it confirmed', async () => {
      const { body } = await customer.call('GET', `/users/${customer.id}/orders`);
      return body.items.find(
        (item: { order_id: number; status: string }) => item.order_id === placed.body.id && item.status === 'confirmed',
      );
    });
    expect(entry).to.include({ total_amount: 19.99, item_count: 1 });
    const mail = await waitFor('the mail is logged', async () => {
      const { body } = await customer.call('GET', `/users/${customer.id}/notifications`);
      return body.items.find(
        (item: { subject: string; state: string }) =>
          item.subject.includes(String(placed.body.id)) && item.state === 'sent',
      );
    });
    expect(mail.to).to.equal(customer.email);
  });

  it('is made once for one idempotency key, however often it is posted', async () => {
    const productId = await newProduct(admin, 5);
    const headers = { 'idempotency-key': `e2e-${productId}` };
    const first = await placeOrder(customer, { productId, headers });
    const second = await placeOrder(customer, { productId, headers });
    expect([second.status, second.body.id]).to.deep.equal([201, first.body.id]);
    expect(second.headers.get('idempotency-replayed')).to.equal('true');
    const other = await placeOrder(customer, { productId, quantity: 2, headers });
    expect(other.status).to.equal(422);
  });

  it('waits for its end when the client prefers to', async () => {
    const productId = await newProduct(admin, 1);
    const answer = await placeOrder(customer, { productId, headers: { prefer: 'wait=15' } });
    expect([answer.status, answer.body.status]).to.deep.equal([201, 'confirmed']);
  });

  it('cannot be seen, cancelled or guessed by somebody else', async () => {
    const productId = await newProduct(admin, 1);
    const placed = await placeOrder(customer, { productId });
    const stranger = await newCustomer();
    const [theirs, nobodys] = await Promise.all([
      stranger.call('GET', `/orders/${placed.body.id}`),
      stranger.call('GET', '/orders/2000000000'),
    ]);
    expect(theirs.status).to.equal(404);
    expect({ ...theirs.body, request_id: '', instance: '', detail: '' }).to.deep.equal({
      ...nobodys.body,
      request_id: '',
      instance: '',
      detail: '',
    });
    expect((await stranger.call('POST', `/orders/${placed.body.id}/cancel`, { body: {} })).status).to.equal(404);
    expect((await stranger.call('GET', `/users/${customer.id}/orders`)).status).to.equal(404);
    expect((await callGateway('GET', `/orders/${placed.body.id}`)).status).to.equal(401);
  });
});
