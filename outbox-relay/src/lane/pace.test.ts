import { expect } from 'chai';
import { createPace } from './pace.ts';

describe('the pace', () => {
  it('spreads rows, of all lanes together, over the seconds they may take', () => {
    let now = 0;
    const pace = createPace(1_000, () => now);
    expect(pace.delayMs(500)).to.equal(500);
    expect(pace.delayMs(500)).to.equal(1_000);
    now = 900;
    expect(pace.delayMs(500)).to.equal(600);
  });

  it('saves nothing up while there is little to do', () => {
    let now = 0;
    const pace = createPace(1_000, () => now);
    pace.delayMs(10);
    now = 3_600_000;
    expect(pace.delayMs(500)).to.equal(500);
  });

  it('knows no limit when there is none', () => {
    expect(createPace(0).delayMs(1_000_000)).to.equal(0);
  });
});
