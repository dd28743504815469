import { expect } from 'chai';
import { tenthsOf } from './drain.ts';

describe('tenthsOf', () => {
  it('is flat for a steady drain', () => {
    const samples = Array.from({ length: 11 }, (_, n) => ({ ms: n * 100, arrived: n * 100 }));
    for (const rate of tenthsOf(samples, 1_000)) expect(rate).to.be.closeTo(1_000, 1e-6);
  });

  it('shows where it slows down', () => {
    const samples = [
      { ms: 0, arrived: 0 },
      { ms: 500, arrived: 500 },
      { ms: 1_500, arrived: 1_000 },
    ];
    const rates = tenthsOf(samples, 1_000);
    expect(rates[0]).to.be.closeTo(1_000, 1e-6);
    expect(rates[9]).to.be.closeTo(500, 1e-6);
  });
});
