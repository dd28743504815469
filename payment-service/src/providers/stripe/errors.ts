import Stripe from 'stripe';
import type { ProviderAnswer } from '../../domain/provider-answer.ts';
import { declined } from './answers.ts';

/**
 * What an error of the client says about the request: a refusal, or that Stripe did nothing and may be asked again.
 * Anything else is thrown on: a connection that broke, an answer of 5xx, a key that is being worked on leave open whether money moved.
 */
export function answerOfError(error: unknown): ProviderAnswer {
  if (error instanceof Stripe.errors.StripeCardError) {
    if (error.code === 'authentication_required') {
      return {
        kind: 'refused',
        code: 'payment.authentication_required',
        detail: 'The bank wants the holder to confirm.',
      };
    }
    return declined(error.decline_code);
  }
  if (error instanceof Stripe.errors.StripeRateLimitError && error.statusCode === 429) {
    return { kind: 'unavailable', detail: 'Stripe takes no more requests just now.' };
  }
  if (
    error instanceof Stripe.errors.StripeAuthenticationError ||
    error instanceof Stripe.errors.StripePermissionError
  ) {
    return { kind: 'unavailable', detail: 'Stripe does not accept the secret key.' };
  }
  if (error instanceof Stripe.errors.StripeInvalidRequestError && error.statusCode !== 409) return invalid(error);
  throw error;
}

function invalid(error: InstanceType<typeof Stripe.errors.StripeInvalidRequestError>): ProviderAnswer {
  switch (error.code) {
    case 'resource_missing':
      return { kind: 'refused', code: 'payment.method_invalid', detail: 'Stripe does not know the payment method.' };
    case 'payment_intent_unexpected_state':
    case 'charge_already_refunded':
    case 'amount_too_large':
      return { kind: 'refused', code: 'provider.not_possible', detail: `Stripe: ${error.code}.` };
    default:
      return { kind: 'refused', code: 'provider.refused', detail: `Stripe: ${error.code ?? error.type}.` };
  }
}
