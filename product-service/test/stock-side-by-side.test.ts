import type { Trx } from '@sagacity/chassis/db/database';
import { sideBySide } from '@sagacity/chassis/test-kit/side-by-side';
import { expect } from 'chai';
import { reserveStock } from '../src/use-cases/reserve-stock.ts';
import { commitStock, releaseStock, returnStock } from '../src/use-cases/settle-stock.ts';
import { type ProductFixture, startProducts } from './product-fixture.ts';

describe('stock of orders that travel together', () => {
  let products: ProductFixture;
  let orders = 900_000;
  before(async () => {
    products = await startProducts();
  });
  afterEach('counters, reservations and ledger agree', async () => {
    expect(await products.breaches()).to.deep.equal([]);
  });
  after(() => products.stop());

  it('is reserved for all in one statement when there is enough', async () => {
    const [a, b] = [
      await products.addProduct({ stock_quantity: 10 }),
      await products.addProduct({ stock_quantity: 4 }),
    ];
    const wanted = nextOrders(3).map((orderId, n) => ({ orderId, items: [aLine(a, n + 1), aLine(b, 1)] }));

    const { results: outcomes, statements } = await together(
      wanted.map(({ orderId, items }) => reserve(orderId, items)),
    );

    expect(outcomes.map(({ outcome }) => outcome)).to.deep.equal(['done', 'done', 'done']);
    expect(statements).to.equal(1);
    expect(await products.countersOf(a)).to.include({ reserved: 6 });
    expect(await products.countersOf(b)).to.include({ reserved: 3 });
  });

  it('goes to those who come first when it is short, and is refused to the others with what is left then', async () => {
    const [plenty, scarce] = [await products.addProduct(), await products.addProduct({ stock_quantity: 3 })];
    const [first, second, third] = nextOrders(3);

    const { results: outcomes } = await together([
      reserve(first, [aLine(scarce, 2)]),
      reserve(second, [aLine(scarce, 2), aLine(plenty, 1)]),
      reserve(third, [aLine(scarce, 1)]),
    ]);

    expect(outcomes.map(({ outcome }) => outcome)).to.deep.equal(['done', 'refused', 'done']);
    expect(outcomes[1]).to.deep.include({ result: { short: [{ product_id: scarce, wanted: 2, available: 1 }] } });
    expect(await products.countersOf(scarce)).to.include({ reserved: 3 });
    expect(await products.countersOf(plenty)).to.include({ reserved: 0 });
  });

  it('is settled for each in its own way', async () => {
    const productId = await products.addProduct({ stock_quantity: 20 });
    const [sold, soldToo, released, returned] = nextOrders(4);
    await together([sold, soldToo, released, returned].map((orderId) => reserve(orderId, [aLine(productId, 2)])));
    await together([(trx) => commitStock(trx, returned)]);

    const { results: outcomes, statements } = await together([
      (trx) => commitStock(trx, sold),
      (trx) => commitStock(trx, soldToo),
      (trx) => releaseStock(trx, released),
      (trx) => returnStock(trx, returned),
    ]);

    expect(outcomes.map((outcome) => (outcome as { result: object }).result)).to.deep.equal([
      { committed: 1 },
      { committed: 1 },
      { released: 1 },
      { released: 0, returned: 1 },
    ]);
    expect(statements).to.equal(3);
    expect(await products.countersOf(productId)).to.deep.equal({ onHand: 16, reserved: 0, sold: 4 });
  });

  const nextOrders = <const N extends number>(count: N) =>
    Array.from({ length: count }, () => {
      orders += 1;
      return orders;
    }) as unknown as [number, number, number, number];

  const aLine = (product_id: number, quantity: number) => ({ product_id, quantity });

  const reserve = (order_id: number, items: ReturnType<typeof aLine>[]) => (trx: Trx) =>
    reserveStock(trx, { order_id, items });

  const together = <T>(works: readonly ((trx: Trx) => Promise<T>)[]) => sideBySide(products.database.db, works);
});
