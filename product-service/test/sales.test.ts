import { uuid7 } from '@sagacity/chassis/ids/uuid7';
import { handleBatch } from '@sagacity/chassis/messaging/batch';
import { expect } from 'chai';
import { changedProductHandlers } from '../src/messaging/changed-products.ts';
import { orderSalesHandlers } from '../src/messaging/order-sales.ts';
import { type ProductFixture, startProducts } from './product-fixture.ts';

describe('events of orders and products', () => {
  let products: ProductFixture;
  let orders = 0;
  before(async () => {
    products = await startProducts();
  });
  after(() => products.stop());

  it('sort products by what orders have bought of them, each order once', async () => {
    const [few, many] = [await products.addProduct(), await products.addProduct()];
    const [first, second] = [nextOrder(), nextOrder()];
    const confirmed = event(first, 2, 'confirmed', [[many, 5]]);
    await consume([confirmed, event(second, 2, 'confirmed', [[few, 4]])]);
    await consume([confirmed, event(first, 3, 'shipped', [[many, 5]])]);
    expect([await soldOf(few), await soldOf(many)]).to.deep.equal([4, 5]);
    const { body } = await products.server.call('GET', '/products?sort=-popularity&limit=2');
    expect(body.items.map(({ id }: { id: number }) => id)).to.deep.equal([many, few]);
  });

  it('take back what was cancelled, also when the cancellation comes first, or both at once', async () => {
    const product = await products.addProduct();
    const [late, batched, racing] = [nextOrder(), nextOrder(), nextOrder()];
    await consume([event(late, 4, 'cancelled', [[product, 3]])]);
    await consume([event(late, 2, 'confirmed', [[product, 3]])]);
    await consume([event(batched, 4, 'cancelled', [[product, 3]]), event(batched, 2, 'confirmed', [[product, 3]])]);
    await Promise.all([
      consume([event(racing, 2, 'confirmed', [[product, 3]])]),
      consume([event(racing, 4, 'cancelled', [[product, 3]])]),
    ]);
    expect(await soldOf(product)).to.equal(0);
  });

  it('count right when many instances consume at the same time, in opposite order', async () => {
    const [a, b] = [await products.addProduct(), await products.addProduct()];
    const lines = (n: number): Lines =>
      n % 2
        ? [
            [a, 1],
            [b, 2],
          ]
        : [
            [b, 2],
            [a, 1],
          ];
    await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        consume(Array.from({ length: 10 }, () => event(nextOrder(), 2, 'confirmed', lines(n)))),
      ),
    );
    expect([await soldOf(a), await soldOf(b)]).to.deep.equal([100, 200]);
  });

  it('leave the count alone when the batch fails, and let products be unknown', async () => {
    const product = await products.addProduct();
    const order = nextOrder();
    const batch = [
      event(order, 2, 'confirmed', [
        [product, 1],
        [999_999, 1],
      ]),
    ];
    await products.database.db.raw('ALTER TABLE order_sales ADD CONSTRAINT broken CHECK (NOT counts) NOT VALID');
    const failed = await consume(batch).catch(() => 'failed');
    await products.database.db.raw('ALTER TABLE order_sales DROP CONSTRAINT broken');
    expect([failed, await soldOf(product)]).to.deep.equal(['failed', 0]);
    await consume(batch);
    expect(await soldOf(product)).to.equal(1);
  });

  it('make the cache forget products whose change it was never told of', async () => {
    const product = await products.addProduct({ name: 'Old' });
    const name = async () => (await products.server.call('GET', `/products/${product}`)).body.name;
    await name();
    await products.database.db('products').where({ id: product }).update({ name: 'New' });
    expect(await name()).to.equal('Old');
    const [payload] = await products.database
      .db('outbox')
      .where({ aggregate_id: String(product) })
      .pluck('payload');
    const body = JSON.parse(payload);
    const handler = changedProductHandlers(products.cache)['product.created'];
    if (!handler) throw new Error('there is no handler');
    expect(handler.validate(body)).to.deep.equal({ valid: true });
    await handleBatch(products.database.db, 'test', [{ handler, message: message('product.created', body) }]);
    expect(await name()).to.equal('New');
  });

  type Lines = readonly (readonly [productId: number, quantity: number])[];

  function event(orderId: number, version: number, status: string, lines: Lines) {
    const type = status === 'cancelled' ? 'order.cancelled' : 'order.updated';
    const at = new Date().toISOString();
    const items = lines.map(([product_id, quantity]) => ({
      product_id,
      product_name: 'x',
      sku: 'x',
      quantity,
      unit_price: 1,
      total_price: quantity,
    }));
    const data = {
      order_id: orderId,
      saga_id: uuid7(),
      user_id: 1,
      status,
      previous_status: 'pending',
      status_reason: null,
      total_amount: 1,
      currency: 'EUR',
      item_count: items.length,
      items,
      tracking_number: null,
      created_at: at,
      updated_at: at,
    };
    const aggregate = { type: 'order', id: orderId, version };
    return message(type, { event_id: uuid7(), type, occurred_at: at, aggregate, data });
  }

  function message(type: string, body: object) {
    const context = { correlationId: 'test' };
    return { messageId: uuid7(), type, body, context, retryCount: 0, redelivered: false };
  }

  function consume(messages: readonly ReturnType<typeof message>[]) {
    const items = messages.map((incoming) => {
      const handler = orderSalesHandlers[incoming.type];
      if (!handler) throw new Error(`nothing handles ${incoming.type}`);
      expect(handler.validate(incoming.body)).to.deep.equal({ valid: true });
      return { handler, message: incoming };
    });
    return handleBatch(products.database.db, 'product-service.order-sales', items);
  }

  async function soldOf(productId: number): Promise<number> {
    const row = await products.database.db('product_sales').where({ product_id: productId }).first('sold');
    return row.sold;
  }

  function nextOrder(): number {
    orders += 1;
    return orders;
  }
});
