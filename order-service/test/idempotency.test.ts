import type { Trx } from '@sagacity/chassis/db/database';
import { inTransaction } from '@sagacity/chassis/db/transaction';
import type { HttpAnswer } from '@sagacity/chassis/test-kit/http';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { deleteExpiredKeys } from '../src/persistence/idempotency-keys.ts';
import { confirmOrder } from '../src/use-cases/confirm-order.ts';
import { anOrder, aQuote, type OrderFixture, startOrders } from './order-fixture.ts';

describe('an idempotency key', () => {
  let orders: OrderFixture;
  before(async () => {
    orders = await startOrders();
  });
  beforeEach(async () => {
    orders.quotes.set(1, aQuote());
    await orders.database.db.raw('TRUNCATE orders, outbox RESTART IDENTITY CASCADE');
  });
  after(() => orders.stop());

  it('M1: makes one order, however many requests come at once', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => post('k-1')));
    const placed = answers.filter(({ status }) => status === 201);
    expect(new Set(placed.map(({ body }) => body.id)).size).to.equal(1);
    expect(placed.filter(({ headers }) => headers.get('idempotency-replayed') === null)).to.have.lengthOf(1);
    for (const { status, body } of answers) if (status !== 201) expect(body.code).to.equal('idempotency.in_flight');
    expect(await countOf('orders')).to.equal(1);
    expect(await orders.events()).to.have.lengthOf(1);
  });

  it('answers a repetition with what was answered first, whatever has become of the order', async () => {
    const first = await post('k-2');
    await inTransaction(orders.database.db, (trx) => confirmOrder(trx, orders.deps.announce, first.body.id, {}));
    orders.quotes.set(1, aQuote({ available: 0 }));
    const again = await post('"k-2"');
    expect([first.status, again.status]).to.deep.equal([201, 201]);
    expect(again.headers.get('idempotency-replayed')).to.equal('true');
    expect(first.headers.get('idempotency-replayed')).to.equal(null);
    for (const name of ['location', 'etag']) expect(again.headers.get(name)).to.equal(first.headers.get(name));
    expect(again.body).to.deep.equal(first.body);
    expect(await countOf('orders')).to.equal(1);
  });

  it('answers a repetition that waits with the order as it is now', async () => {
    const { body } = await post('k-3');
    await inTransaction(orders.database.db, (trx) => confirmOrder(trx, orders.deps.announce, body.id, {}));
    const again = await post('k-3', { headers: { prefer: 'wait=5' } });
    expect([again.status, again.body.id, again.body.status]).to.deep.equal([201, body.id, 'confirmed']);
    expect(again.headers.get('idempotency-replayed')).to.equal('true');
  });

  it('is refused for another body, and not for the same with its fields in another order', async () => {
    const { body } = await post('k-4', { body: { shipping_address: 'a', items: [{ quantity: 2, product_id: 1 }] } });
    const same = await post('k-4', { body: { items: [{ product_id: 1, quantity: 2 }], shipping_address: 'a' } });
    expect([same.status, same.body.id]).to.deep.equal([201, body.id]);
    for (const other of [
      { items: [{ product_id: 1, quantity: 3 }], shipping_address: 'a' },
      { items: [{ product_id: 1, quantity: 2 }], shipping_address: 'b' },
      { items: [{ product_id: 1, quantity: 2 }], shipping_address: 'a', expected_total: 20 },
    ]) {
      const refused = await post('k-4', { body: other });
      expect([refused.status, refused.body.code]).to.deep.equal([422, 'idempotency.key_reused']);
    }
    expect(await countOf('orders')).to.equal(1);
  });

  it('belongs to its user: the same key of somebody else is another one', async () => {
    const own = await post('k-5');
    const theirs = await post('k-5', { userId: 8, body: anOrder({ shipping_address: 'elsewhere' }) });
    expect(theirs.status).to.equal(201);
    expect(theirs.body).to.include({ user_id: 8, shipping_address: 'elsewhere' });
    expect(theirs.body.id).not.to.equal(own.body.id);
  });

  it('is refused while the first request with it is under way, without waiting for it', async () => {
    const blocked = await holdOrders();
    const first = post('k-6');
    await blocked.untilWaited(1);
    const second = await post('k-6');
    expect([second.status, second.body.code, second.headers.get('retry-after')]).to.deep.equal([
      409,
      'idempotency.in_flight',
      '1',
    ]);
    const other = post('k-7');
    await blocked.untilWaited(2);
    await blocked.trx.commit();
    expect([(await first).status, (await other).status]).to.deep.equal([201, 201]);
    expect((await post('k-6')).body).to.deep.equal((await first).body);
  });

  it('places one order for each key when many come at once', async () => {
    const keys = ['k-20', 'k-21', 'k-21', 'k-22', 'k-21'];
    const answers = await Promise.all(keys.map((key) => post(key)));
    const placed = answers.filter(({ status }) => status === 201);
    const refused = answers.filter(({ status }) => status !== 201);
    expect(new Set(placed.map(({ body }) => body.id)).size).to.equal(3);
    expect(refused.every(({ body }) => body.code === 'idempotency.in_flight')).to.equal(true);
    expect(await countOf('orders')).to.equal(3);
    expect(await orders.events()).to.have.lengthOf(3);
  });

  it('lets its row decide, not the lock that only spares the loser the work', async () => {
    const { body: before } = await post();
    const blocked = await holdOrders();
    const late = post('k-8');
    await blocked.untilWaited(1);
    await blocked.trx('idempotency_keys').insert({
      ...{ user_id: 7, route: 'POST /orders', key: 'k-8', fingerprint: 'x', order_id: before.id },
      answer: JSON.stringify(before),
    });
    await blocked.trx.commit();
    expect([(await late).status, (await late).body.code]).to.deep.equal([409, 'idempotency.in_flight']);
    expect(await countOf('orders')).to.equal(1);
    expect(await orders.events()).to.have.lengthOf(1);
  });

  it('M10: is not used up by what was refused or failed', async () => {
    orders.quotes.set(1, aQuote({ available: 0 }));
    expect((await post('k-9')).body.code).to.equal('order.out_of_stock');
    orders.quotes.delete(1);
    expect((await post('k-9')).body.code).to.equal('order.product_unknown');
    orders.quotes.set(1, aQuote());
    expect((await post('k-9', { body: {} })).status).to.equal(400);
    await orders.database.db.raw('ALTER TABLE outbox ADD CONSTRAINT broken CHECK (false) NOT VALID');
    try {
      expect((await post('k-9')).status).to.equal(500);
    } finally {
      await orders.database.db.raw('ALTER TABLE outbox DROP CONSTRAINT broken');
    }
    expect(await countOf('idempotency_keys')).to.equal(0);
    expect(await countOf('orders')).to.equal(0);
    const placed = await post('k-9', { body: anOrder({ shipping_address: 'corrected' }) });
    expect([placed.status, placed.headers.get('idempotency-replayed')]).to.deep.equal([201, null]);
  });

  it('is kept for 72 hours, and is free again after that', async () => {
    const first = await post('k-10');
    const age = (interval: string) =>
      orders.database
        .db('idempotency_keys')
        .update({ created_at: orders.database.db.raw(`now() - ?::interval`, interval) });
    await age('71 hours 59 minutes');
    expect(await deleteExpiredKeys(orders.database.db)).to.equal(0);
    expect((await post('k-10')).body.id).to.equal(first.body.id);
    await age('72 hours 1 minute');
    expect(await deleteExpiredKeys(orders.database.db)).to.equal(1);
    const second = await post('k-10');
    expect([second.status, second.headers.get('idempotency-replayed')]).to.deep.equal([201, null]);
    expect(second.body.id).not.to.equal(first.body.id);
  });

  it('has 1 to 255 visible characters', async () => {
    for (const wrong of ['a b', 'x'.repeat(256), '""']) {
      const { status, body } = await post(wrong);
      expect([status, body.code], wrong).to.deep.equal([400, 'idempotency.key_invalid']);
    }
    expect(await countOf('orders')).to.equal(0);
    expect((await post('x'.repeat(255))).status).to.equal(201);
  });

  interface Post {
    readonly body?: object;
    readonly userId?: number;
    readonly headers?: Readonly<Record<string, string>>;
  }

  function post(key?: string, { body = anOrder(), userId = 7, headers = {} }: Post = {}): Promise<HttpAnswer> {
    const token = orders.tokens.issue({ userId });
    const own = key === undefined ? {} : { 'idempotency-key': key };
    return orders.server.call('POST', '/orders', { token, body, headers: { ...headers, ...own } });
  }

  async function countOf(table: string): Promise<number> {
    const row = await orders.database.db(table).count({ n: '*' }).first();
    return Number(row?.n);
  }

  /** Keeps every insert of an order waiting until the transaction ends. */
  async function holdOrders(): Promise<{ trx: Trx; untilWaited(count: number): Promise<unknown> }> {
    const trx = await orders.database.db.transaction();
    await trx.raw('LOCK TABLE orders IN SHARE ROW EXCLUSIVE MODE');
    const waiting = () =>
      orders.database
        .db('pg_locks')
        .where({ relation: trx.raw("'orders'::regclass"), granted: false })
        .select('pid');
    return {
      trx,
      untilWaited: (count) => waitFor(`${count} wait`, async () => (await waiting()).length === count),
    };
  }
});
