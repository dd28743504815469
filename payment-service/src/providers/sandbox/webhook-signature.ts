import { createHmac, timingSafeEqual } from 'node:crypto';
import { DomainError } from '@sagacity/chassis/errors/domain-error';

export const signatureHeader = 'sandbox-signature';
const toleranceMs = 5 * 60_000;

/** Signs a webhook's bytes with the time they are sent: `t=<unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<bytes>">`. */
export function signWebhook(secret: string, body: Buffer, sentAt: Date): string {
  const seconds = Math.floor(sentAt.getTime() / 1000);
  return `t=${seconds},v1=${digest(secret, seconds, body).toString('hex')}`;
}

/**
 * Throws `payment.webhook_forged` unless the header holds a signature of exactly these bytes, and `payment.webhook_stale` when it was
 * made more than five minutes before or after: an old webhook, however genuine, may have been recorded and sent again by anybody.
 */
export function verifyWebhook(secret: string, body: Buffer, header: string | undefined, receivedAt: Date): void {
  const [, seconds, signature] = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(header ?? '') ?? [];
  if (seconds === undefined || signature === undefined) throw forged();
  const expected = digest(secret, Number(seconds), body);
  if (!timingSafeEqual(expected, Buffer.from(signature, 'hex'))) throw forged();
  if (Math.abs(receivedAt.getTime() - Number(seconds) * 1000) > toleranceMs) {
    throw new DomainError('payment.webhook_stale', 'The signature of the webhook is too old, or from the future.');
  }
}

function digest(secret: string, seconds: number, body: Buffer): Buffer {
  return createHmac('sha256', secret).update(`${seconds}.`).update(body).digest();
}

function forged(): DomainError {
  return new DomainError('payment.webhook_forged', 'The webhook is not signed as it should be.');
}
