import { listOf, listParameters } from '@sagacity/chassis/lists/list-schemas';
import type { JsonSchema, Static } from '@sagacity/chassis/schema/json-schema';
import { paymentMethodSchema } from '@sagacity/payment-service/contract/payment-method';
import * as fields from './fields.ts';

const address = { type: 'string', minLength: 1, maxLength: 1_000, examples: ['1 Main Street'] } as const;

/** An order as everybody sees it who may. */
export const orderSchema = {
  type: 'object',
  additionalProperties: false,
  required: [
    'id',
    'user_id',
    'status',
    'status_reason',
    'total_amount',
    'currency',
    'items',
    'shipping_address',
    'billing_address',
    'payment_status',
    'tracking_number',
    'saga_id',
    'version',
    'created_at',
    'updated_at',
  ],
  properties: {
    id: fields.id,
    user_id: fields.id,
    status: fields.status,
    status_reason: { type: ['string', 'null'] },
    total_amount: fields.money,
    currency: { type: 'string', examples: ['EUR'] },
    items: {
      type: 'array',
      items: {
        ...fields.line,
        required: ['id', ...fields.line.required],
        properties: { id: fields.id, ...fields.line.properties },
      },
    },
    shipping_address: { type: 'string' },
    billing_address: { type: 'string' },
    payment_status: { enum: fields.paymentStatuses },
    tracking_number: { type: ['string', 'null'] },
    saga_id: { type: 'string', format: 'uuid' },
    version: { type: 'integer' },
    created_at: fields.timestamp,
    updated_at: fields.timestamp,
  },
} as const satisfies JsonSchema;

export const placeOrderBody = {
  type: 'object',
  additionalProperties: false,
  required: ['items', 'shipping_address'],
  properties: {
    items: {
      type: 'array',
      minItems: 1,
      maxItems: 100,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['product_id', 'quantity'],
        properties: { product_id: fields.id, quantity: { type: 'integer', minimum: 1, maximum: 10_000 } },
      },
    },
    shipping_address: address,
    billing_address: address,
    payment_method: paymentMethodSchema,
    expected_total: fields.money,
  },
  examples: [
    {
      items: [{ product_id: 1, quantity: 1 }],
      shipping_address: '1 Main Street',
      payment_method: { provider: 'sandbox', token: 'tok_approve' },
    },
  ],
} as const satisfies JsonSchema;

export const changeStatusBody = {
  type: 'object',
  additionalProperties: false,
  required: ['status'],
  properties: {
    status: { enum: ['processing', 'shipped', 'delivered'] },
    reason: { type: 'string', maxLength: 500 },
    tracking_number: { type: 'string', minLength: 1, maxLength: 100 },
  },
  examples: [{ status: 'processing', reason: 'being packed' }],
} as const satisfies JsonSchema;

export const cancelOrderBody = {
  type: 'object',
  additionalProperties: false,
  properties: { reason: { type: 'string', maxLength: 500 } },
  examples: [{ reason: 'ordered by mistake' }],
} as const satisfies JsonSchema;

export const orderPath = {
  type: 'object',
  required: ['order_id'],
  properties: { order_id: fields.id },
} as const satisfies JsonSchema;

export const userPath = {
  type: 'object',
  required: ['user_id'],
  properties: { user_id: fields.id },
} as const satisfies JsonSchema;

const filters = {
  ...listParameters,
  status: fields.status,
  created_from: fields.timestamp,
  created_to: fields.timestamp,
  sort: { enum: ['-created_at'], default: '-created_at' },
} as const;

export const ordersOfUserQuery = {
  type: 'object',
  additionalProperties: false,
  required: ['limit'],
  properties: filters,
} as const satisfies JsonSchema;

export const ordersQuery = {
  type: 'object',
  additionalProperties: false,
  required: ['limit'],
  properties: { ...filters, user_id: fields.id },
} as const satisfies JsonSchema;

export const orderList = listOf(orderSchema) satisfies JsonSchema;

export const historySchema = {
  type: 'object',
  additionalProperties: false,
  required: ['items'],
  properties: {
    items: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['version', 'from_status', 'to_status', 'actor', 'reason', 'at'],
        properties: {
          version: { type: 'integer' },
          from_status: { enum: [...fields.orderStatuses, null] },
          to_status: fields.status,
          actor: { type: 'string' },
          reason: { type: ['string', 'null'] },
          at: fields.timestamp,
        },
      },
    },
  },
} as const satisfies JsonSchema;

export type OrderAnswer = Static<typeof orderSchema>;
export type PlaceOrderBody = Static<typeof placeOrderBody>;
export type HistoryAnswer = Static<typeof historySchema>;
