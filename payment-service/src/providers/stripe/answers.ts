import type Stripe from 'stripe';
import type { ProviderAnswer } from '../../domain/provider-answer.ts';

/** What an intent tells of what was asked of it. */
export function answerOfIntent(intent: Stripe.PaymentIntent, asked: 'authorise' | 'capture' | 'void'): ProviderAnswer {
  switch (asked) {
    case 'authorise':
      return ofAuthorisation(intent);
    case 'capture':
      if (intent.status === 'succeeded') return succeeded(intent, intent.amount_received);
      return otherwise(intent, ['canceled']);
    case 'void':
      if (intent.status === 'canceled') return succeeded(intent, intent.amount);
      return otherwise(intent, ['succeeded']);
  }
}

/** Refunds of some methods take days, and are believed when they are over. */
export function answerOfRefund(refund: Stripe.Refund): ProviderAnswer {
  const { id, status, amount, currency } = refund;
  switch (status) {
    case 'succeeded':
      return { kind: 'succeeded', reference: chargeOf(refund), amountCents: amount, currency: currency.toUpperCase() };
    case 'failed':
    case 'canceled':
      return { kind: 'refused', code: 'payment.return_refused', detail: `Stripe's refund ${id} is ${status}.` };
    default:
      return { kind: 'unclear', detail: `Stripe's refund ${id} is ${status ?? 'without a status'}.` };
  }
}

function ofAuthorisation(intent: Stripe.PaymentIntent): ProviderAnswer {
  switch (intent.status) {
    // Captured means that it was held.
    case 'requires_capture':
    case 'succeeded':
      return succeeded(intent, intent.amount);
    case 'requires_action':
    case 'requires_confirmation':
      return {
        kind: 'refused',
        code: 'payment.authentication_required',
        detail: "The card's bank wants its holder to confirm the payment.",
      };
    case 'requires_payment_method':
      return declined(intent.last_payment_error?.decline_code ?? undefined);
    case 'canceled':
      return { kind: 'refused', code: 'payment.declined', detail: `Stripe's intent ${intent.id} is canceled.` };
    default:
      return { kind: 'unclear', detail: `Stripe's intent ${intent.id} is ${intent.status}.` };
  }
}

/** A decline as Stripe names its reasons: of them buyers are told apart only what they can do something about. */
export function declined(declineCode: string | undefined): ProviderAnswer {
  return declineCode === 'insufficient_funds'
    ? { kind: 'refused', code: 'payment.insufficient_funds', detail: 'The card has insufficient funds.' }
    : { kind: 'refused', code: 'payment.declined', detail: 'The card was declined.' };
}

function otherwise(intent: Stripe.PaymentIntent, never: readonly Stripe.PaymentIntent.Status[]): ProviderAnswer {
  const detail = `Stripe's intent ${intent.id} is ${intent.status}.`;
  return never.includes(intent.status)
    ? { kind: 'refused', code: 'provider.not_possible', detail }
    : { kind: 'unclear', detail };
}

function succeeded({ id, currency }: Stripe.PaymentIntent, amountCents: number): ProviderAnswer {
  return { kind: 'succeeded', reference: id, amountCents, currency: currency.toUpperCase() };
}

function chargeOf({ payment_intent: intent }: Stripe.Refund): string {
  return typeof intent === 'string' ? intent : (intent?.id ?? '');
}
