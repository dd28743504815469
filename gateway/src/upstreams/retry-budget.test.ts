import { expect } from 'chai';
import { RetryBudget } from './retry-budget.ts';

describe('retry budget', () => {
  it('allows ten retries a second and a fifth of the requests, then none until the window is over', () => {
    let now = 0;
    const budget = new RetryBudget(() => now);
    for (let step = 0; step < 500; step += 1) budget.countRequest();
    const taken = Array.from({ length: 1_000 }, () => budget.take()).filter(Boolean).length;
    expect(taken).to.equal(200);
    now += 10_000;
    expect(budget.take()).to.equal(true);
  });
});
