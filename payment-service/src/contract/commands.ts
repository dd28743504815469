import type { JsonSchema, Static } from '@sagacity/chassis/schema/json-schema';

const id = { type: 'integer', minimum: 1 } as const;

/**
 * Puts a hold on the amount. Done: the hold stands. Refused: `payment.declined`, `payment.insufficient_funds`,
 * `payment.method_invalid`, `payment.already_active`, `payment.amount_mismatch`. The answer comes when the provider has given one.
 * The method is loose here: a wrong one is refused to the buyer, and not a message for the dead-letter queue.
 */
export const chargePaymentData = {
  type: 'object',
  additionalProperties: false,
  required: ['order_id', 'user_id', 'amount', 'currency', 'method'],
  properties: {
    order_id: id,
    user_id: id,
    amount: { type: 'number', exclusiveMinimum: 0, maximum: 99_999_999.99, multipleOf: 0.01 },
    currency: { type: 'string', pattern: '^[A-Z]{3}$' },
    method: {
      type: 'object',
      additionalProperties: false,
      required: ['provider', 'token'],
      properties: { provider: { type: 'string' }, token: { type: 'string' } },
    },
  },
} as const satisfies JsonSchema;

/**
 * Captures what the order's payment holds. Done: `captured_amount` was captured; it is 0 when the money was given back first,
 * which ends the matter as well. Refused only where there is no hold at all.
 */
export const capturePaymentData = {
  type: 'object',
  additionalProperties: false,
  required: ['order_id'],
  properties: { order_id: id, reason: { type: 'string' } },
} as const satisfies JsonSchema;

/** Gives back what the order's payment holds or captured. Done, with `outcome` nothing_charged, voided or refunded; never refused. */
export const refundPaymentData = capturePaymentData;

export type ChargePaymentData = Static<typeof chargePaymentData>;
export type CapturePaymentData = Static<typeof capturePaymentData>;
export type RefundPaymentData = Static<typeof refundPaymentData>;

export const paymentCommands = {
  charge: 'payment-service.charge-payment',
  capture: 'payment-service.capture-payment',
  refund: 'payment-service.refund-payment',
} as const;
