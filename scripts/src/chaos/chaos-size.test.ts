import { expect } from 'chai';
import { Trouble } from '../os/tell.ts';
import { chaosEnvironment, readChaosSize } from './chaos-size.ts';

describe('the size of make chaos', () => {
  it('is what was asked for, so that a run can be repeated', () => {
    const size = readChaosSize({ SEED: '42', ORDERS: '200' });
    expect(size).to.deep.equal({ seed: 42, orders: 200 });
    expect(chaosEnvironment(size, 'report')).to.include({ CHAOS_SEED: '42', CHAOS_ORDERS: '200' });
  });

  it('draws a seed and leaves the number of orders to the scenarios when nothing was asked for', () => {
    const size = readChaosSize({ ORDERS: '' });
    expect(size.seed).to.be.within(1, 2 ** 31);
    expect(chaosEnvironment(size, 'report')).not.to.have.property('CHAOS_ORDERS');
  });

  it('refuses what is no number', () => {
    for (const text of ['many', '0', '1.5', '-3', '1e9'])
      expect(() => readChaosSize({ ORDERS: text })).to.throw(Trouble);
  });
});
