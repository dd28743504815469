import { expect } from 'chai';
import { median, percentile, shown } from './figures.ts';

describe('figures', () => {
  it('takes the middle of what is not in order', () => {
    expect(median([9, 1, 5])).to.equal(5);
    expect(median([10, 9, 1, 2])).to.equal(5.5);
  });

  it('takes percentiles between two values in proportion', () => {
    const values = Array.from({ length: 101 }, (_, n) => n);
    expect(percentile(values, 99)).to.equal(99);
    expect(percentile([0, 10], 99)).to.be.closeTo(9.9, 1e-9);
    expect(percentile([7], 99)).to.equal(7);
  });

  it('says nothing of nothing', () => {
    expect(shown(median([]))).to.equal('–');
  });

  it('shows three digits', () => {
    expect([12_345.6, 123.4, 12.34, 1.234, 0.004].map(shown)).to.deep.equal(['12,346', '123', '12.3', '1.23', '0.00']);
  });
});
