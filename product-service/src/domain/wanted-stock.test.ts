import { expect } from 'chai';
import { sumByProduct } from './wanted-stock.ts';

describe('wanted stock', () => {
  it('S2: counts the lines of one product together', () => {
    const lines = [
      { productId: 2, quantity: 1 },
      { productId: 1, quantity: 3 },
      { productId: 2, quantity: 4 },
    ];
    expect(sumByProduct(lines)).to.deep.equal([
      { productId: 1, quantity: 3 },
      { productId: 2, quantity: 5 },
    ]);
  });
});
