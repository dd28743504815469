import { expect } from 'chai';
import { readScopedKey, readWaitSeconds } from './request-preferences.ts';

describe('request preferences', () => {
  it('reads how long a client would wait, at most 20 s', () => {
    const cases: readonly (readonly [string | undefined, number])[] = [
      [undefined, 0],
      ['wait=5', 5],
      ['respond-async, wait=7', 7],
      ['Wait = "3"', 3],
      ['wait=600', 20],
      ['wait=x', 0],
      ['await=5', 0],
    ];
    for (const [header, seconds] of cases) expect(readWaitSeconds(header), String(header)).to.equal(seconds);
  });

  it('reads a key and tells bodies apart', () => {
    const read = (header: string | undefined, body: unknown = {}) =>
      readScopedKey(header, { userId: 1, route: 'POST /orders', body });
    expect(read(undefined)).to.equal(undefined);
    expect(read('"abc"')?.key).to.equal('abc');
    expect(read('abc', { a: 1 })?.fingerprint).not.to.equal(read('abc', { a: 2 })?.fingerprint);
  });
});
