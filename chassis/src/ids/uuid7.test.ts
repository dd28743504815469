import { expect } from 'chai';
import { uuid7 } from './uuid7.ts';

describe('uuid7', () => {
  it('makes many ids of version 7, none of them twice', () => {
    const ids = Array.from({ length: 2_000 }, () => uuid7());
    expect(new Set(ids)).to.have.lengthOf(ids.length);
    for (const id of ids) expect(id).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('gives each id random bits of its own, however fast they are asked for', () => {
    const tails = Array.from({ length: 2_000 }, () => uuid7().slice(19));
    expect(new Set(tails)).to.have.lengthOf(tails.length);
  });

  it('makes them in their order, within a millisecond, too', () => {
    const ids = Array.from({ length: 2_000 }, () => uuid7());
    expect(ids).to.deep.equal(ids.toSorted());
  });

  it('begins with the time in milliseconds', () => {
    const before = Date.now();
    const ms = Number.parseInt(uuid7().replace('-', '').slice(0, 12), 16);
    expect(ms).to.be.within(before, Date.now());
  });
});
