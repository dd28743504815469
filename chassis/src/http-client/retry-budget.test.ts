import { expect } from 'chai';
import { createRetryBudget } from './retry-budget.ts';

describe('retry budget', () => {
  it('allows the reserve at once and no more', () => {
    const budget = createRetryBudget({ reservePerSecond: 2, now: () => 0 });
    expect([budget.spend(), budget.spend(), budget.spend()]).to.deep.equal([true, true, false]);
  });

  it('refills the reserve with time, up to one second of it', () => {
    let time = 0;
    const budget = createRetryBudget({ reservePerSecond: 2, now: () => time });
    budget.spend();
    budget.spend();
    time = 500;
    expect([budget.spend(), budget.spend()]).to.deep.equal([true, false]);
    time = 60_000;
    expect([budget.spend(), budget.spend(), budget.spend()]).to.deep.equal([true, true, false]);
  });

  it('earns a fifth of a retry with each request', () => {
    const budget = createRetryBudget({ reservePerSecond: 0, now: () => 0 });
    for (let request = 0; request < 10; request += 1) budget.earn();
    expect([budget.spend(), budget.spend(), budget.spend()]).to.deep.equal([true, true, false]);
  });
});
