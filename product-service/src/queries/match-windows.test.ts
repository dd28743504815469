import { expect } from 'chai';
import { nextStep, type Progress, sampleSize } from './match-windows.ts';

describe('match windows', () => {
  const wanted = { downTo: 1, most: 1_001 };

  it('look at the newest products first, and no further than they may', () => {
    const first = nextStep(progress({ next: 50_000, seen: 0 }), wanted);
    expect(first).to.deep.equal({ way: 'sample', from: 50_001 - sampleSize });
    const short = nextStep(progress({ next: 700, seen: 0 }), { ...wanted, downTo: 300 });
    expect(short).to.deep.equal({ way: 'sample', from: 300 });
  });

  it('end with all that is left when that seems to be few', () => {
    expect(nextStep(progress({ found: 0 }), wanted)).to.deep.equal({ way: 'rest' });
    expect(nextStep(progress({ found: 1 }), wanted)).to.deep.equal({ way: 'rest' });
  });

  it('never are much larger than what was looked at, when what seemed to be few is not', () => {
    const step = nextStep(progress({ found: 0, isMuch: true }), wanted);
    expect(step).to.deep.equal({ way: 'window', from: 998_001 - 32 * sampleSize });
  });

  it('are as large as what is missing needs', () => {
    const half = nextStep(progress({ found: sampleSize / 2 }), wanted);
    expect(half).to.deep.equal({ way: 'window', from: 998_001 - Math.ceil((501 / 0.5) * 1.25) });
    const few = nextStep(progress({ next: 900_000, seen: 100_000, found: 500 }), wanted);
    expect(few).to.deep.equal({ way: 'window', from: 900_001 - Math.ceil((501 / 0.005) * 1.25) });
  });
});

function progress(overrides: Partial<Progress>): Progress {
  return { next: 998_000, seen: sampleSize, found: 0, isMuch: false, ...overrides };
}
