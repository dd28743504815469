import { expect } from 'chai';
import { signWebhook, verifyWebhook } from './webhook-signature.ts';

const secret = 'a secret for this test';
const body = Buffer.from('{"id":"evt_1"}');
const now = new Date('2026-03-01T12:00:00Z');

describe('webhook signature', () => {
  it('accepts what was signed with the secret a moment ago', () => {
    expect(() => verifyWebhook(secret, body, signWebhook(secret, body, now), now)).not.to.throw();
  });

  it('M12: takes any other byte, secret, time or form for forged', () => {
    const good = signWebhook(secret, body, now);
    const later = `t=${Math.floor(now.getTime() / 1000) + 1},${good.split(',')[1]}`;
    expect(codeOf(good, Buffer.from('{"id":"evt_2"}'))).to.equal('payment.webhook_forged');
    expect(codeOf(signWebhook('another secret altogether', body, now))).to.equal('payment.webhook_forged');
    for (const header of [later, undefined, '', 'v1=00', good.toUpperCase(), `${good},v1=00`, good.slice(0, -1)]) {
      expect(codeOf(header), String(header)).to.equal('payment.webhook_forged');
    }
  });

  it('M12: takes a good signature from more than five minutes ago, or ahead, for stale', () => {
    const at = (seconds: number) => signWebhook(secret, body, new Date(now.getTime() + seconds * 1000));
    expect(codeOf(at(-301))).to.equal('payment.webhook_stale');
    expect(codeOf(at(301))).to.equal('payment.webhook_stale');
    expect(codeOf(at(-299))).to.equal(undefined);
  });
});

function codeOf(header: string | undefined, bytes = body): string | undefined {
  try {
    verifyWebhook(secret, bytes, header, now);
    return undefined;
  } catch (error) {
    return (error as { code: string }).code;
  }
}
