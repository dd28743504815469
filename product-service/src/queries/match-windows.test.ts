import { expect } from 'chai';
import { firstWindow, nextStep, type Progress } from './match-windows.ts';

describe('match windows', () => {
  const wanted = { downTo: 1, most: 2_001 };

  it('looks at the newest products first, and no further than it may', () => {
    expect(nextStep(progress({ next: 50_000, seen: 0 }), wanted)).to.deep.equal({
      way: 'walk',
      from: 50_001 - firstWindow,
    });
    expect(nextStep(progress({ next: 700, seen: 0 }), { ...wanted, downTo: 300 })).to.deep.equal({
      way: 'walk',
      from: 300,
    });
  });

  it('asks for all that is left when that seems to be few', () => {
    expect(nextStep(progress({ next: 998_000, found: 0 }), wanted)).to.deep.equal({ way: 'rest' });
    expect(nextStep(progress({ next: 998_000, found: 2 }), wanted)).to.deep.equal({ way: 'rest' });
  });

  it('goes on by windows when what seemed to be few is not, and never looks at much more than before', () => {
    const step = nextStep(progress({ next: 998_000, found: 0, isMuch: true }), wanted);
    expect(step).to.deep.equal({ way: 'index', from: 998_001 - 8 * firstWindow });
  });

  it('takes as many products as should have what is missing: one by one where most match, by the index where few do', () => {
    const half = nextStep(progress({ next: 998_000, found: 1_000 }), wanted);
    expect(half).to.deep.equal({ way: 'walk', from: 998_001 - Math.ceil((1_001 / 0.5) * 1.25) });
    const few = nextStep(progress({ next: 900_000, seen: 100_000, found: 1_000 }), wanted);
    expect(few).to.deep.equal({ way: 'index', from: 900_001 - Math.ceil((1_001 / 0.01) * 1.25) });
  });
});

function progress(overrides: Partial<Progress>): Progress {
  return { next: 998_000, seen: firstWindow, found: 0, isMuch: false, ...overrides };
}
