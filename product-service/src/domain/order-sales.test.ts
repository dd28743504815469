import { expect } from 'chai';
import { countSales, countsAsSold, type OrderSale } from './order-sales.ts';

describe('sales of orders', () => {
  const lines = [{ productId: 7, quantity: 2 }];
  const at = (version: number, status: string): OrderSale => ({
    orderId: 1,
    version,
    counts: countsAsSold(status),
    lines,
  });

  it('come to the same in whatever order and number the events arrive', () => {
    const story = [at(2, 'confirmed'), at(3, 'processing'), at(4, 'cancelling'), at(5, 'cancelled')];
    for (const events of permutations(story)) {
      const { deltas, orders } = countSales([...events, ...events], new Map());
      expect([deltas.get(7) ?? 0, orders.get(1)?.counts]).to.deep.equal([0, false]);
    }
    for (const events of permutations(story.slice(0, 3)))
      expect(countSales(events, new Map()).deltas.get(7)).to.equal(2);
  });

  it('count from what is known of the order', () => {
    const known = new Map([[1, { version: 3, counts: true }]]);
    expect([...countSales([at(3, 'cancelled')], known).deltas]).to.deep.equal([]);
    expect([...countSales([at(4, 'shipped')], known).deltas]).to.deep.equal([]);
    expect([...countSales([at(4, 'cancelled')], known).deltas]).to.deep.equal([[7, -2]]);
  });

  it('are none of an order that was rejected', () => {
    expect([...countSales([at(2, 'rejected')], new Map()).deltas]).to.deep.equal([]);
  });

  function permutations<T>(items: readonly T[]): T[][] {
    if (items.length === 0) return [[]];
    return items.flatMap((item, index) =>
      permutations(items.filter((_, other) => other !== index)).map((rest) => [item, ...rest]),
    );
  }
});
