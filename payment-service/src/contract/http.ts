import type { JsonSchema, Static } from '@sagacity/chassis/schema/json-schema';

const id = { type: 'integer', minimum: 1 } as const;
const amount = { type: 'number', minimum: 0 } as const;
const timestamp = { type: 'string', format: 'date-time' } as const;
const timestampOrNull = { type: ['string', 'null'], format: 'date-time' } as const;
const textOrNull = { type: ['string', 'null'] } as const;

/** One request to the provider; `calls` counts how often it was sent or asked about. */
const attemptSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['id', 'operation', 'state', 'amount', 'calls', 'error_code', 'created_at', 'settled_at'],
  properties: {
    id,
    operation: { enum: ['authorise', 'capture', 'void', 'refund'] },
    state: { enum: ['pending', 'unknown', 'succeeded', 'refused'] },
    amount,
    calls: { type: 'integer', minimum: 0 },
    error_code: textOrNull,
    created_at: timestamp,
    settled_at: timestampOrNull,
  },
} as const;

const captureSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['amount', 'captured_at'],
  properties: { amount, captured_at: timestamp },
} as const;

export const refundSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['id', 'payment_id', 'amount', 'state', 'reason', 'error_code', 'created_at', 'settled_at'],
  properties: {
    id,
    payment_id: id,
    amount,
    state: { enum: ['pending', 'succeeded', 'failed'] },
    reason: textOrNull,
    error_code: textOrNull,
    created_at: timestamp,
    settled_at: timestampOrNull,
  },
} as const satisfies JsonSchema;

/** What the provider refuses and is asked for again and again: money that should have moved, and has not. */
const attentionSchema = {
  type: ['object', 'null'],
  additionalProperties: false,
  required: ['operation', 'code', 'refused', 'since'],
  properties: {
    operation: { enum: ['capture', 'void', 'refund'] },
    code: { type: 'string', description: 'Why the provider refused last.' },
    refused: { type: 'integer', minimum: 1, description: 'How often it has.' },
    since: timestamp,
  },
} as const;

/** A payment with everything that was asked of the provider for it. */
export const paymentSchema = {
  type: 'object',
  additionalProperties: false,
  required: [
    'id',
    'order_id',
    'user_id',
    'amount',
    'currency',
    'provider',
    'state',
    'failure_code',
    'provider_reference',
    'attention',
    'captured_amount',
    'refunded_amount',
    'version',
    'created_at',
    'updated_at',
    'attempts',
    'captures',
    'refunds',
  ],
  properties: {
    id,
    order_id: id,
    user_id: id,
    amount,
    currency: { type: 'string', examples: ['EUR'] },
    provider: { type: 'string' },
    state: {
      enum: [
        'created',
        'unknown',
        'authorized',
        'captured',
        'partially_refunded',
        'refunded',
        'voided',
        'failed',
        'orphaned',
      ],
    },
    failure_code: textOrNull,
    provider_reference: textOrNull,
    attention: attentionSchema,
    captured_amount: amount,
    refunded_amount: amount,
    version: { type: 'integer' },
    created_at: timestamp,
    updated_at: timestamp,
    attempts: { type: 'array', items: attemptSchema },
    captures: { type: 'array', items: captureSchema },
    refunds: { type: 'array', items: refundSchema },
  },
} as const satisfies JsonSchema;

export const paymentsSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['items'],
  properties: { items: { type: 'array', items: paymentSchema } },
} as const satisfies JsonSchema;

export const paymentsQuery = {
  type: 'object',
  additionalProperties: false,
  required: ['order_id'],
  properties: { order_id: { type: 'integer', minimum: 1, maximum: 2_147_483_647 } },
} as const satisfies JsonSchema;

export const paymentPath = {
  type: 'object',
  additionalProperties: false,
  required: ['payment_id'],
  properties: { payment_id: { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER } },
} as const satisfies JsonSchema;

export const refundBody = {
  type: 'object',
  additionalProperties: false,
  required: ['reason'],
  properties: {
    amount: { type: 'number', exclusiveMinimum: 0, maximum: 99_999_999.99, multipleOf: 0.01 },
    reason: { type: 'string', minLength: 1, maxLength: 500 },
  },
  examples: [{ amount: 9.98, reason: 'scratched' }],
} as const satisfies JsonSchema;

export const providerPath = {
  type: 'object',
  additionalProperties: false,
  required: ['provider'],
  properties: { provider: { type: 'string', pattern: '^[a-z]{2,32}$', examples: ['sandbox'] } },
} as const satisfies JsonSchema;

/** What became of a webhook: applied, or the reason why it had no effect. */
export const webhookAnswer = {
  type: 'object',
  additionalProperties: false,
  required: ['outcome'],
  properties: { outcome: { type: 'string' } },
} as const satisfies JsonSchema;

export type PaymentAnswer = Static<typeof paymentSchema>;
export type RefundAnswer = Static<typeof refundSchema>;
