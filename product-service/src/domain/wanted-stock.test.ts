import { expect } from 'chai';
import { shortItems, sumByProduct } from './wanted-stock.ts';

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

  it('names what is short and how much there is; what is not there at all counts as none', () => {
    const wanted = [1, 2, 3].map((productId) => ({ productId, quantity: 5 }));
    const available = new Map([
      [1, 5],
      [2, 4],
    ]);
    expect(shortItems(wanted, available)).to.deep.equal([
      { product_id: 2, wanted: 5, available: 4 },
      { product_id: 3, wanted: 5, available: 0 },
    ]);
  });
});
