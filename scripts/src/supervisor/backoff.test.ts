import { expect } from 'chai';
import { restartDelayMs } from './backoff.ts';

describe('restartDelayMs', () => {
  it('doubles from a quarter of a second', () => {
    expect([1, 2, 3, 4].map(restartDelayMs)).to.deep.equal([250, 500, 1_000, 2_000]);
  });

  it('never exceeds half a minute, however often the process ended', () => {
    expect(restartDelayMs(8)).to.equal(30_000);
    expect(restartDelayMs(5_000)).to.equal(30_000);
  });
});
