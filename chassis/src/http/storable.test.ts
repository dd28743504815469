import { expect } from 'chai';
import { unstorable } from './storable.ts';

describe('what cannot be stored', () => {
  it('is found wherever it is', () => {
    expect(unstorable({ items: [{ name: 'a\u0000b' }], price: Number.POSITIVE_INFINITY })).to.deep.equal([
      { pointer: '/items/0/name', code: 'characters', detail: 'has a NUL character' },
      { pointer: '/price', code: 'range', detail: 'is too large' },
    ]);
  });

  it('is nothing else', () => {
    expect(unstorable({ a: ['x\n', null, true, 1.5, undefined], b: 'ä' })).to.deep.equal([]);
  });
});
