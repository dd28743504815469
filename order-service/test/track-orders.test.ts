import { inTransaction } from '@sagacity/chassis/db/transaction';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { confirmOrder } from '../src/use-cases/confirm-order.ts';
import { endOrder } from '../src/use-cases/end-order.ts';
import { type EventStream, openEventStream } from './event-stream.ts';
import { anOrder, aQuote, type OrderFixture, startOrders } from './order-fixture.ts';

const openRequests = 5;

describe('following an order', () => {
  let orders: OrderFixture;
  const streams: EventStream[] = [];
  before(async () => {
    orders = await startOrders({ heartbeatMs: 100, longestMs: 60_000, openRequests });
    orders.quotes.set(1, aQuote());
  });
  beforeEach(() => orders.database.db.raw('TRUNCATE orders, outbox RESTART IDENTITY CASCADE'));
  afterEach(async () => {
    for (const stream of streams.splice(0)) stream.close();
    await waitFor('all places are free', () => orders.places.taken === 0);
  });
  after(() => orders.stop());

  it('shows the present state at once, then each change, and ends with the last', async () => {
    const id = await place();
    const stream = await follow(id);
    expect(stream.status).to.equal(200);
    expect(stream.headers.get('content-type')).to.equal('text/event-stream');
    expect(stream.headers.get('cache-control')).to.equal('no-store');
    await stream.untilShows('"status":"pending"');
    await confirm(id);
    await stream.untilShows('"status":"confirmed"');
    for (const status of ['processing', 'shipped', 'delivered']) {
      await move(id, status);
      await stream.untilShows(`"status":"${status}"`);
    }
    await stream.untilEnded();
    expect(stream.ids()).to.deep.equal([1, 2, 3, 4, 5]);
  });

  it('ends when the order is rejected, and when it is cancelled', async () => {
    for (const [status, reason] of [
      ['rejected', 'stock.insufficient'],
      ['cancelled', 'changed my mind'],
    ] as const) {
      const id = await place();
      const stream = await follow(id);
      await stream.untilShows('"status":"pending"');
      if (status === 'cancelled') await cancel(id, reason);
      await inTransaction(orders.database.db, (trx) =>
        endOrder(trx, orders.deps.announce, { order_id: id, status, reason }, {}),
      );
      await stream.untilEnded();
      expect(stream.text()).to.contain(`"status":"${status}","status_reason":"${reason}"`);
    }
  });

  it('gives a client that comes back only what it has not seen, and nothing when it has seen the end', async () => {
    const id = await place();
    await confirm(id);
    const back = await follow(id, { 'last-event-id': '1' });
    await back.untilShows('"status":"confirmed"');
    expect(back.ids()).to.deep.equal([2]);
    const seen = await follow(id, { 'last-event-id': '2' });
    await seen.untilShows(': still here');
    expect(seen.ids()).to.deep.equal([]);
    for (const status of ['processing', 'shipped', 'delivered']) await move(id, status);
    await seen.untilEnded();
    expect(seen.ids().at(-1)).to.equal(5);
    const over = await follow(id, { 'last-event-id': '5' });
    // 204 tells an EventSource not to come back.
    expect(over.status).to.equal(204);
  });

  it('shows the present state to a client whose last event is none of this order', async () => {
    const id = await place();
    for (const header of ['99', '-1', 'x', '1e3', '4294967296000']) {
      const stream = await follow(id, { 'last-event-id': header });
      await stream.untilShows('"status":"pending"');
      stream.close();
    }
  });

  it('says every now and then that it is still there', async () => {
    const stream = await follow(await place());
    await stream.untilShows(': still here\n\n: still here');
    expect(stream.ids()).to.deep.equal([1]);
  });

  it('is open to so many at once and no more, and to the next when somebody leaves', async () => {
    const id = await place();
    const open = await Promise.all(Array.from({ length: openRequests }, () => follow(id)));
    for (const { status } of open) expect(status).to.equal(200);
    const refused = await follow(id);
    expect([refused.status, refused.headers.get('retry-after')]).to.deep.equal([503, '5']);
    // Placing an order is not refused for it: the order is answered without waiting.
    const placed = await post({ prefer: 'wait=20' });
    expect([placed.status, placed.body.status]).to.deep.equal([201, 'pending']);
    expect(placed.headers.get('preference-applied')).to.equal(null);
    open[0]?.close();
    await waitFor('a place is free', () => orders.places.taken < openRequests);
    expect((await follow(id)).status).to.equal(200);
  });

  it('breaks off alone when the database is away, so that the client comes back', async () => {
    const id = await place();
    const stream = await follow(id);
    await stream.untilShows('"status":"pending"');
    await orders.database.runAsAdmin('ALTER TABLE orders RENAME TO orders_away');
    try {
      await stream.untilEnded();
    } finally {
      await orders.database.runAsAdmin('ALTER TABLE orders_away RENAME TO orders');
    }
    expect((await follow(id)).status).to.equal(200);
  });

  it('answers a post with the end of the order when the client prefers to wait', async () => {
    const answer = post({ prefer: 'respond-async, wait=10' });
    await waitFor('the order is there', () => orders.database.db('orders').where({ id: 1 }).first());
    await confirm(1);
    const { status, body, headers } = await answer;
    expect([status, body.status]).to.deep.equal([201, 'confirmed']);
    expect(headers.get('preference-applied')).to.equal('wait=10');
    expect(headers.get('etag')).to.equal('"2"');
  });

  it('answers with the order as it stands when the time is over', async () => {
    const answer = await post({ prefer: 'wait=1' });
    expect([answer.status, answer.body.status]).to.deep.equal([201, 'pending']);
    expect(answer.headers.get('preference-applied')).to.equal('wait=1');
  });

  it('applies no preference that it does not know, and says so by saying nothing', async () => {
    for (const prefer of ['wait=0', 'wait=soon', 'return=minimal', '']) {
      const answer = await post({ prefer });
      expect([answer.status, answer.headers.get('preference-applied')], prefer).to.deep.equal([201, null]);
    }
  });

  async function follow(id: number, headers: Record<string, string> = {}): Promise<EventStream> {
    const token = orders.tokens.issue({ userId: 7 });
    const stream = await openEventStream(`${orders.server.url}/orders/${id}/events`, { token, headers });
    streams.push(stream);
    return stream;
  }

  function post(headers: Record<string, string> = {}) {
    const token = orders.tokens.issue({ userId: 7 });
    return orders.server.call('POST', '/orders', { token, body: anOrder(), headers });
  }

  async function place(): Promise<number> {
    return (await post()).body.id;
  }

  function confirm(id: number) {
    return inTransaction(orders.database.db, (trx) => confirmOrder(trx, orders.deps.announce, id, {}));
  }

  function cancel(id: number, reason: string) {
    const token = orders.tokens.issue({ userId: 7 });
    return orders.server.call('POST', `/orders/${id}/cancel`, { token, body: { reason } });
  }

  function move(id: number, status: string) {
    const token = orders.tokens.issue({ userId: 1, roles: ['admin'] });
    return orders.server.call('PUT', `/orders/${id}/status`, { token, body: { status } });
  }
});

describe('an order service that is about to end', () => {
  it('ends what is being followed and answers who waits, so that it can stop', async () => {
    const orders = await startOrders();
    orders.quotes.set(1, aQuote());
    const token = orders.tokens.issue({ userId: 7 });
    const post = (headers = {}) => orders.server.call('POST', '/orders', { token, body: anOrder(), headers });
    const { body: order } = await post();
    const stream = await openEventStream(`${orders.server.url}/orders/${order.id}/events`, { token });
    await stream.untilShows('"status":"pending"');
    const waiting = post({ prefer: 'wait=20' });
    await waitFor('both are open', () => orders.places.taken === 2);

    const stopped = orders.stop();

    await stream.untilEnded();
    expect(await waiting).to.deep.include({ status: 201 });
    const outcome = await Promise.race([stopped.then(() => 'stopped'), failAfter(5_000)]);
    expect(outcome).to.equal('stopped');
  });

  it('ends a stream that has lasted long enough', async () => {
    const orders = await startOrders({ longestMs: 200 });
    try {
      orders.quotes.set(1, aQuote());
      const token = orders.tokens.issue({ userId: 7 });
      const { body } = await orders.server.call('POST', '/orders', { token, body: anOrder() });
      const stream = await openEventStream(`${orders.server.url}/orders/${body.id}/events`, { token });
      await stream.untilEnded();
      expect(stream.ids()).to.deep.equal([1]);
      await waitFor('its place is free', () => orders.places.taken === 0);
    } finally {
      await orders.stop();
    }
  });
});

function failAfter(ms: number): Promise<string> {
  return new Promise((resolve) => setTimeout(resolve, ms, 'still stopping').unref());
}
