import { expect } from 'chai';
import { AggregateSet } from './aggregate-set.ts';

describe('AggregateSet', () => {
  it('never forgets one', () => {
    const set = new AggregateSet();
    const keys = Array.from({ length: 50_000 }, (_, n) => `["order","${n}"]`);
    for (const key of keys) set.add(key);
    expect(keys.every((key) => set.mayHave(key))).to.equal(true);
  });

  it('rarely takes one for another', () => {
    const set = new AggregateSet();
    for (let n = 0; n < 300_000; n += 1) set.add(`["order","${n}"]`);
    let taken = 0;
    for (let n = 300_000; n < 310_000; n += 1) if (set.mayHave(`["order","${n}"]`)) taken += 1;
    expect(taken).to.be.within(1, 500);
  });

  it('has nothing at first', () => {
    expect(new AggregateSet().mayHave('["order","1"]')).to.equal(false);
  });
});
