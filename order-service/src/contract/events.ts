import { eventSchema } from '@sagacity/chassis/messaging/envelope';
import type { JsonSchema, Static } from '@sagacity/chassis/schema/json-schema';
import * as fields from './fields.ts';

const common = {
  order_id: fields.id,
  saga_id: { type: 'string', format: 'uuid' },
  user_id: fields.id,
  status: fields.status,
  previous_status: { enum: [...fields.orderStatuses, null] },
  status_reason: { type: ['string', 'null'] },
  total_amount: fields.money,
  currency: { type: 'string' },
  item_count: { type: 'integer' },
  items: { type: 'array', items: fields.line },
  tracking_number: { type: ['string', 'null'] },
  created_at: fields.timestamp,
  updated_at: fields.timestamp,
} as const;

const required = Object.keys(common) as (keyof typeof common)[];

/** An order without its addresses, after the change that the event tells of. */
const orderData = { type: 'object', additionalProperties: false, required, properties: common } as const;

/** An order was accepted and is pending; its saga is to begin. Carries how it is to be paid, as a token; a total of 0 is not paid at all. */
export const orderCreated = eventSchema('order.created', {
  type: 'object',
  additionalProperties: false,
  required: [...required, 'payment_method'],
  properties: {
    ...common,
    payment_method: {
      type: 'object',
      additionalProperties: false,
      required: ['provider', 'token'],
      properties: { provider: { type: 'string' }, token: { type: 'string' } },
    },
  },
} as const) satisfies JsonSchema;

/** The status of an order changed, to anything but cancelled. */
export const orderUpdated = eventSchema('order.updated', orderData) satisfies JsonSchema;

/** An order is cancelled: its money and stock are back. */
export const orderCancelled = eventSchema('order.cancelled', orderData) satisfies JsonSchema;

/** Somebody who may asked to cancel; the order is cancelling, and `previous_status` tells whether it had been confirmed. */
export const orderCancelRequested = eventSchema('order.cancel_requested', orderData) satisfies JsonSchema;

export type OrderData = Static<typeof orderData>;
export type OrderCreatedBody = Static<typeof orderCreated>;
export type OrderCancelRequestedBody = Static<typeof orderCancelRequested>;

/** What this service publishes, by routing key. */
export const orderEvents = {
  'order.created': orderCreated,
  'order.updated': orderUpdated,
  'order.cancelled': orderCancelled,
  'order.cancel_requested': orderCancelRequested,
} as const;
