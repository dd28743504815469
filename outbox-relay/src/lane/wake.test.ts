import { expect } from 'chai';
import { Wake } from './wake.ts';

describe('a wake', () => {
  it('ends a wait at a signal', async () => {
    const wake = new Wake();
    const waiting = wake.wait(60_000);
    wake.signal();
    await waiting;
  });

  it('keeps a signal for which nobody waited, once', async () => {
    const wake = new Wake();
    wake.signal();
    wake.signal();
    await wake.wait(60_000);
    let over = false;
    const second = wake.wait(60_000).then(() => {
      over = true;
    });
    await Promise.resolve();
    expect(over).to.equal(false);
    wake.signal();
    await second;
  });

  it('ends a wait when the time is over', () => new Wake().wait(1));
});
