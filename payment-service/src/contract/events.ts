import { eventSchema } from '@sagacity/chassis/messaging/envelope';
import type { JsonSchema, Static } from '@sagacity/chassis/schema/json-schema';

const amount = { type: 'number', minimum: 0 } as const;

const common = {
  payment_id: { type: 'integer' },
  order_id: { type: 'integer' },
  user_id: { type: 'integer' },
  amount,
  currency: { type: 'string' },
  captured_amount: amount,
  refunded_amount: amount,
} as const;

const required = [
  'payment_id',
  'order_id',
  'user_id',
  'amount',
  'currency',
  'captured_amount',
  'refunded_amount',
] as const;

const paymentData = { type: 'object', additionalProperties: false, required, properties: common } as const;

/** A hold for the amount stands at the provider. */
export const paymentAuthorized = eventSchema('payment.authorized', paymentData) satisfies JsonSchema;

/** The amount was captured. */
export const paymentCaptured = eventSchema('payment.captured', paymentData) satisfies JsonSchema;

/** The hold was given back; nothing was captured. */
export const paymentVoided = eventSchema('payment.voided', paymentData) satisfies JsonSchema;

/** `refund_amount` went back; `refunded_amount` is the sum so far. */
export const paymentRefunded = eventSchema('payment.refunded', {
  type: 'object',
  additionalProperties: false,
  required: [...required, 'refund_amount'],
  properties: { ...common, refund_amount: amount },
} as const) satisfies JsonSchema;

/** The provider refused; nothing is held. */
export const paymentFailed = eventSchema('payment.failed', {
  type: 'object',
  additionalProperties: false,
  required: [...required, 'code'],
  properties: { ...common, code: { type: 'string' } },
} as const) satisfies JsonSchema;

/** Every event this service publishes, by type. */
export const paymentEvents = {
  'payment.authorized': paymentAuthorized,
  'payment.captured': paymentCaptured,
  'payment.voided': paymentVoided,
  'payment.refunded': paymentRefunded,
  'payment.failed': paymentFailed,
} as const;

export type PaymentEventType = keyof typeof paymentEvents;
export type PaymentEventData = Static<typeof paymentData>;
