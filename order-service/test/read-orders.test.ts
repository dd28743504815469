import { inTransaction } from '@sagacity/chassis/db/transaction';
import { compile } from '@sagacity/chassis/schema/validator';
import { expect } from 'chai';
import { historySchema, orderList } from '../src/contract/orders.ts';
import { confirmOrder } from '../src/use-cases/confirm-order.ts';
import { anOrder, aQuote, type OrderFixture, startOrders } from './order-fixture.ts';

describe('reading orders', () => {
  let orders: OrderFixture;
  before(async () => {
    orders = await startOrders();
    orders.quotes.set(1, aQuote());
  });
  beforeEach(() => orders.database.db.raw('TRUNCATE orders, outbox RESTART IDENTITY CASCADE'));
  after(() => orders.stop());

  it('shows an order to its owner and to admins, and to nobody else', async () => {
    const id = await place();
    expect((await get(`/orders/${id}`)).status).to.equal(200);
    expect((await get(`/orders/${id}`, { userId: 1, roles: ['admin'] })).status).to.equal(200);
    for (const path of [`/orders/${id}`, `/orders/${id}/history`, `/orders/${id}/events`, `/orders/${id}/payments`]) {
      const theirs = await get(path, { userId: 8 });
      expect([theirs.status, theirs.body.code], path).to.deep.equal([404, 'order.not_found']);
    }
    expect((await get('/orders/user/7', { userId: 8 })).status).to.equal(404);
    expect((await get('/orders?user_id=7', { userId: 8 })).status).to.equal(403);
  });

  it('spares a client what it has', async () => {
    const id = await place();
    const first = await get(`/orders/${id}`);
    const etag = first.headers.get('etag') ?? '';
    const again = await orders.server.call('GET', `/orders/${id}`, {
      token: orders.tokens.issue({ userId: 7 }),
      headers: { 'if-none-match': etag },
    });
    expect(again.status).to.equal(304);
  });

  it("lists one's own orders by page and by cursor, each once", async () => {
    for (let step = 0; step < 5; step += 1) await place();
    await place(8);
    const page = await get('/orders?limit=2&page=2');
    expect(compile(orderList)(page.body)).to.deep.equal({ valid: true });
    expect(page.body).to.include({ total: 5, pages: 3, page: 2 });
    const seen: number[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const { body } = await get(`/orders?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
      seen.push(...body.items.map(({ id }: { id: number }) => id));
      cursor = body.next_cursor;
    }
    expect(seen).to.deep.equal([5, 4, 3, 2, 1]);
    expect((await get('/orders', { userId: 1, roles: ['admin'] })).body.total).to.equal(6);
    expect((await get('/orders?status=confirmed')).body.total).to.equal(0);
    expect((await get('/orders?color=red')).status).to.equal(400);
    expect((await get('/orders?cursor=%00')).status).to.equal(400);
  });

  it('tells the history with who and why', async () => {
    const id = await place();
    await confirm(id);
    await move(id, 'processing');
    const { body } = await get(`/orders/${id}/history`);
    expect(compile(historySchema)(body)).to.deep.equal({ valid: true });
    expect(
      body.items.map(({ to_status, actor }: { to_status: string; actor: string }) => `${to_status} by ${actor}`),
    ).to.deep.equal(['pending by user 7', 'confirmed by saga', 'processing by admin 1']);
  });

  async function place(userId = 7): Promise<number> {
    const token = orders.tokens.issue({ userId });
    return (await orders.server.call('POST', '/orders', { token, body: anOrder() })).body.id;
  }

  function get(path: string, { userId = 7, roles = ['user'] }: { userId?: number; roles?: string[] } = {}) {
    return orders.server.call('GET', path, { token: orders.tokens.issue({ userId, roles }) });
  }

  function confirm(id: number) {
    return inTransaction(orders.database.db, (trx) => confirmOrder(trx, orders.deps.announce, id, {}));
  }

  function move(id: number, status: string) {
    const token = orders.tokens.issue({ userId: 1, roles: ['admin'] });
    return orders.server.call('PUT', `/orders/${id}/status`, { token, body: { status } });
  }
});
