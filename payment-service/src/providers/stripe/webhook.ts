import { DomainError } from '@sagacity/chassis/errors/domain-error';
import Stripe from 'stripe';
import type { ProviderAnswer } from '../../domain/provider-answer.ts';
import type { ProviderEvent, RawWebhook } from '../provider.ts';
import { answerOfIntent, answerOfRefund, declined } from './answers.ts';
import { captureKeyField, requestKeyField } from './metadata.ts';

const toleranceSeconds = 300;

/**
 * Reads a webhook of Stripe, by the signature over its raw bytes and the time in it. Events that tell of nothing we made have an
 * empty key, so that they are taken without effect. Throws `payment.webhook_forged` or `payment.webhook_stale`.
 */
export function readStripeWebhook(stripe: Stripe, secret: string, webhook: RawWebhook): ProviderEvent {
  const signature = webhook.header('stripe-signature') ?? '';
  const event = verified(() => stripe.webhooks.constructEvent(webhook.body, signature, secret, 0));
  if (Math.abs(webhook.receivedAt.getTime() / 1000 - signedAt(signature)) > toleranceSeconds) {
    throw new DomainError('payment.webhook_stale', 'The webhook was signed too long ago.');
  }
  return { eventId: event.id, type: event.type, ...told(event) };
}

/** In seconds since 1970. A header with two times is refused, or one of them would be signed and another one be compared. */
function signedAt(signature: string): number {
  const times = signature.split(',').filter((item) => item.startsWith('t='));
  const [, seconds] = /^t=(\d+)$/.exec(times.join()) ?? [];
  if (seconds === undefined) throw forged();
  return Number(seconds);
}

function verified(read: () => Stripe.Event): Stripe.Event {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeSignatureVerificationError)) throw error;
    throw forged();
  }
}

function forged(): DomainError {
  return new DomainError('payment.webhook_forged', 'The signature of the webhook is not good.');
}

function told(event: Stripe.Event): { readonly key: string; readonly answer: ProviderAnswer } {
  switch (event.type) {
    case 'payment_intent.amount_capturable_updated':
      return about(event.data.object, requestKeyField, answerOfIntent(event.data.object, 'authorise'));
    case 'payment_intent.payment_failed':
      return about(event.data.object, requestKeyField, declined(event.data.object.last_payment_error?.decline_code));
    case 'payment_intent.succeeded':
      return about(event.data.object, captureKeyField, answerOfIntent(event.data.object, 'capture'));
    case 'refund.created':
    case 'refund.updated':
    case 'refund.failed':
      return about(event.data.object, requestKeyField, answerOfRefund(event.data.object));
    default:
      return { key: '', answer: { kind: 'unclear', detail: `Nothing hangs on ${event.type}.` } };
  }
}

function about(
  { metadata }: { readonly metadata: Stripe.Metadata | null },
  field: string,
  answer: ProviderAnswer,
): { readonly key: string; readonly answer: ProviderAnswer } {
  return { key: metadata?.[field] ?? '', answer };
}
