import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import { runSideBySide } from './run-side-by-side.ts';

describe('runSideBySide', () => {
  it('does everything once, never more at once than allowed, and keeps the order', async () => {
    let atWork = 0;
    let most = 0;
    const work = async (item: number) => {
      atWork += 1;
      most = Math.max(most, atWork);
      for (let turns = 0; turns < 10 - item; turns += 1) await turn();
      atWork -= 1;
      return item * 10;
    };

    expect(await runSideBySide([1, 2, 3, 4, 5], 2, work)).to.deep.equal([10, 20, 30, 40, 50]);
    expect(most).to.equal(2);
  });
});
