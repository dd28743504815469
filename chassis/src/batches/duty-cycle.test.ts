import { expect } from 'chai';
import { DutyCycle } from './duty-cycle.ts';

describe('a duty cycle', () => {
  it('lets the first batch begin at once', () => {
    expect(new DutyCycle(0.1).nextAt).to.equal(Number.NEGATIVE_INFINITY);
  });

  it('lets the next one begin when the last one took its share of the time since it began', () => {
    const cycle = new DutyCycle(0.1);
    cycle.worked(1_000, 1_004);
    expect(cycle.nextAt).to.equal(1_040);
  });

  it('goes by how long batches take on average, so that one that hung does not hold up the next for long', () => {
    const cycle = new DutyCycle(0.1);
    cycle.worked(1_000, 1_004);
    cycle.worked(2_000, 2_012);
    expect(cycle.nextAt).to.equal(2_060);
  });

  it('lets nothing wait longer than 200 ms', () => {
    const cycle = new DutyCycle(0.1);
    cycle.worked(1_000, 5_000);
    expect(cycle.nextAt).to.equal(1_200);
  });
});
