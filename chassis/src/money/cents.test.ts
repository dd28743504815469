import { expect } from 'chai';
import { fromCents, toCents, toDecimal } from './cents.ts';

describe('cents', () => {
  it('M9: reads 599.80 as 59980, where 599.80 * 100 would lose a cent', () => {
    expect(Math.trunc(599.8 * 100)).to.equal(59979);
    expect(toCents(599.8)).to.equal(59980);
    expect(toCents('599.80')).to.equal(59980);
  });

  it('round-trips every amount of a DECIMAL(10,2) through the JSON number', () => {
    for (const cents of [0, 1, 9, 10, 99, 100, 101, 123456789, 9999999999]) {
      expect(toCents(fromCents(cents))).to.equal(cents);
      expect(toCents(toDecimal(cents))).to.equal(cents);
    }
  });

  it('keeps the sign', () => {
    expect(toCents('-0.05')).to.equal(-5);
    expect(toDecimal(-5)).to.equal('-0.05');
  });

  it('refuses what is not an amount with two decimals', () => {
    for (const wrong of ['1.234', 'abc', '', '1e3', '1.']) expect(() => toCents(wrong)).to.throw(RangeError);
    for (const wrong of [1.005, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => toCents(wrong)).to.throw(RangeError);
  });
});
