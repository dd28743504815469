import { expect } from 'chai';
import { readIdempotencyKey } from './idempotency-key.ts';

describe('an Idempotency-Key', () => {
  it('is what stands in the header, bare or quoted', () => {
    expect(readIdempotencyKey(undefined)).to.equal(undefined);
    expect(readIdempotencyKey('7f1f0d34')).to.equal('7f1f0d34');
    expect(readIdempotencyKey('"7f1f0d34"')).to.equal('7f1f0d34');
  });

  it('has 1 to 255 visible characters', () => {
    const longest = 'x'.repeat(255);
    expect(readIdempotencyKey(longest)).to.equal(longest);
    expect(readIdempotencyKey(`"${longest}"`)).to.equal(longest);
    for (const wrong of ['', '""', 'a b', 'ä', `${longest}x`, `"${longest}x"`]) {
      expect(() => readIdempotencyKey(wrong), wrong)
        .to.throw()
        .with.property('code', 'idempotency.key_invalid');
    }
  });
});
