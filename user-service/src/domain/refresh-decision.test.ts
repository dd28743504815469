import { expect } from 'chai';
import { decideRefresh, graceMs, type KnownRefreshToken } from './refresh-decision.ts';

const now = new Date('2026-01-01T12:00:00Z');
const at = (ms: number) => new Date(now.getTime() + ms);
const fresh: KnownRefreshToken = {
  expiresAt: at(60_000),
  rotatedAt: undefined,
  sessionExpiresAt: at(60_000),
  sessionRevoked: false,
};

describe('what becomes of a refresh token', () => {
  it('is a new pair at its first use', () => {
    expect(decideRefresh(fresh, now)).to.equal('rotate');
  });

  it('is a pair more within 10 s, and the end of its session after that', () => {
    expect(decideRefresh({ ...fresh, rotatedAt: at(-graceMs) }, now)).to.equal('grace');
    expect(decideRefresh({ ...fresh, rotatedAt: at(-graceMs - 1) }, now)).to.equal('reused');
    // Found out even when it would have ended by itself.
    expect(decideRefresh({ ...fresh, rotatedAt: at(-graceMs - 1), expiresAt: at(-1) }, now)).to.equal('reused');
  });

  it('is a refusal when it is unknown, has ended, or its session has', () => {
    expect(decideRefresh(undefined, now)).to.equal('refused');
    expect(decideRefresh({ ...fresh, expiresAt: now }, now)).to.equal('refused');
    expect(decideRefresh({ ...fresh, sessionExpiresAt: now }, now)).to.equal('refused');
    expect(decideRefresh({ ...fresh, sessionRevoked: true, rotatedAt: at(-1) }, now)).to.equal('refused');
  });
});
