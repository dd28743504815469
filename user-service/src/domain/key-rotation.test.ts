import { expect } from 'chai';
import { type KeyAge, leadMs, overlapMs, planKeys, rotateAfterMs } from './key-rotation.ts';

const now = new Date('2026-06-01T00:00:00Z');
const key = (kid: string, ageMs: number, retiredMs?: number): KeyAge => ({
  kid,
  createdAt: new Date(now.getTime() - ageMs),
  retiredAt: retiredMs === undefined ? undefined : new Date(now.getTime() - retiredMs),
});
const nothing = { retire: [], drop: [], create: false };

describe('the plan of signing keys', () => {
  it('asks for a key where there is none', () => {
    expect(planKeys([], now)).to.deep.equal({ ...nothing, sign: undefined, publish: [], create: true });
  });

  it('signs with the very first at once', () => {
    expect(planKeys([key('a', 0)], now)).to.deep.equal({ ...nothing, sign: 'a', publish: ['a'] });
  });

  it('asks for the next after 90 days, publishes it at once and signs with it 20 minutes later', () => {
    expect(planKeys([key('a', rotateAfterMs)], now).create).to.equal(true);
    const published = planKeys([key('a', rotateAfterMs + 1), key('b', leadMs - 1)], now);
    expect(published).to.deep.equal({ ...nothing, sign: 'a', publish: ['a', 'b'] });
    const replaced = planKeys([key('a', rotateAfterMs + 1), key('b', leadMs)], now);
    expect(replaced).to.deep.equal({ ...nothing, sign: 'b', publish: ['a', 'b'], retire: ['a'] });
  });

  it('publishes one that is retired for a day more, so that its tokens are good to their end', () => {
    const retired = planKeys([key('a', rotateAfterMs, overlapMs), key('b', overlapMs)], now);
    expect(retired).to.deep.equal({ ...nothing, sign: 'b', publish: ['a', 'b'] });
    const dropped = planKeys([key('a', rotateAfterMs, overlapMs + 1), key('b', overlapMs)], now);
    expect(dropped).to.deep.equal({ ...nothing, sign: 'b', publish: ['b'], drop: ['a'] });
  });
});
