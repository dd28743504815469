import Stripe from 'stripe';
import type { ProviderAnswer, StatusAnswer } from '../../domain/provider-answer.ts';
import type { PaymentProvider, ProviderRequest, StatusQuery } from '../provider.ts';
import { answerOfIntent, answerOfRefund } from './answers.ts';
import { answerOfError } from './errors.ts';
import { captureKeyField, requestKeyField } from './metadata.ts';
import { readStripeWebhook } from './webhook.ts';

export interface StripeOptions {
  readonly secretKey: string;
  readonly webhookSecret: string;
  readonly timeoutMs: number;
}

/** ISO 4217 currencies without or with three decimals: our cents are not Stripe's minor unit there. */
const otherDecimals = new Set(
  'BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF UGX VND VUV XAF XOF XPF BHD JOD KWD OMR TND'.split(' '),
);

/**
 * Stripe, by its official client: a PaymentIntent with manual capture for each charge, a PaymentMethod's id (`pm_…`) as token.
 * Requests carry our key as Stripe's idempotency key, and in the metadata, by which they are found when the answer was lost.
 * The client does not repeat requests by itself: what is unclear is asked about (see `status`).
 */
export function createStripeProvider({ secretKey, webhookSecret, timeoutMs }: StripeOptions): PaymentProvider {
  const stripe = new Stripe(secretKey, { maxNetworkRetries: 0, timeout: timeoutMs, telemetry: false });
  return {
    name: 'stripe',
    acceptsToken: (token) => /^pm_\w+$/.test(token),
    authorise: (request) => answered(() => authorise(stripe, request)),
    capture: (request) => answered(() => capture(stripe, request)),
    void: (request) => answered(() => cancel(stripe, request)),
    refund: (request) => answered(() => refund(stripe, request)),
    status: (query) => answered(() => statusOf(stripe, query)),
    parseWebhook: (webhook) => readStripeWebhook(stripe, webhookSecret, webhook),
  };
}

/** What Stripe refuses is an answer; what leaves it open is thrown, and so counts as unclear. */
async function answered<A extends StatusAnswer>(call: () => Promise<A>): Promise<A | ProviderAnswer> {
  try {
    return await call();
  } catch (error) {
    return answerOfError(error);
  }
}

async function authorise(stripe: Stripe, request: ProviderRequest): Promise<ProviderAnswer> {
  const { key, orderId, token, amountCents, currency } = request;
  if (otherDecimals.has(currency)) {
    return {
      kind: 'refused',
      code: 'payment.currency_unsupported',
      detail: `Amounts in ${currency} have other decimals.`,
    };
  }
  const intent = await stripe.paymentIntents.create(
    {
      amount: amountCents,
      currency: currency.toLowerCase(),
      payment_method: token,
      capture_method: 'manual',
      confirm: true,
      // Nobody is there who could be sent to another page.
      automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
      metadata: { order_id: String(orderId), [requestKeyField]: key },
    },
    { idempotencyKey: key },
  );
  return answerOfIntent(intent, 'authorise');
}

async function capture(stripe: Stripe, request: ProviderRequest): Promise<ProviderAnswer> {
  const parameters = { amount_to_capture: request.amountCents, metadata: { [captureKeyField]: request.key } };
  const intent = await stripe.paymentIntents.capture(chargeOf(request), parameters, { idempotencyKey: request.key });
  return answerOfIntent(intent, 'capture');
}

async function cancel(stripe: Stripe, request: ProviderRequest): Promise<ProviderAnswer> {
  const intent = await stripe.paymentIntents.cancel(chargeOf(request), {}, { idempotencyKey: request.key });
  return answerOfIntent(intent, 'void');
}

async function refund(stripe: Stripe, request: ProviderRequest): Promise<ProviderAnswer> {
  const made = await stripe.refunds.create(
    {
      payment_intent: chargeOf(request),
      amount: request.amountCents,
      metadata: { [requestKeyField]: request.key },
    },
    { idempotencyKey: request.key },
  );
  return answerOfRefund(made);
}

/**
 * What became of a request. `not_found` leads to the same request under the same key, which Stripe answers as it did before for at least
 * a day; what is older its search knows of (it lags behind by a minute, and nothing here relies on it before).
 */
async function statusOf(stripe: Stripe, query: StatusQuery): Promise<StatusAnswer> {
  switch (query.operation) {
    case 'authorise': {
      const found = await stripe.paymentIntents.search({
        query: `metadata['${requestKeyField}']:'${query.key}'`,
        limit: 1,
      });
      return found.data[0] ? answerOfIntent(found.data[0], 'authorise') : { kind: 'not_found' };
    }
    case 'capture':
    case 'void': {
      const intent = await stripe.paymentIntents.retrieve(chargeOf(query));
      return intent.status === 'requires_capture' ? { kind: 'not_found' } : answerOfIntent(intent, query.operation);
    }
    case 'refund': {
      const made = await stripe.refunds.list({ payment_intent: chargeOf(query), limit: 100 });
      const ours = made.data.find(({ metadata }) => metadata?.[requestKeyField] === query.key);
      return ours ? answerOfRefund(ours) : { kind: 'not_found' };
    }
  }
}

function chargeOf({ reference }: ProviderRequest): string {
  if (reference === null) throw new Error('a charge without a reference cannot be changed');
  return reference;
}
