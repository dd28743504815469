import type { JsonSchema, Static } from '@sagacity/chassis/schema/json-schema';
import { id } from './fields.ts';

/**
 * The pivot: pending becomes confirmed. Refused `order.cancelling` when the customer asked to cancel first,
 * `order.not_pending` when the order has ended some other way.
 */
export const confirmOrderData = {
  type: 'object',
  additionalProperties: false,
  required: ['order_id'],
  properties: { order_id: id },
} as const satisfies JsonSchema;

/**
 * Makes an unclear pivot abort or tell the truth. Done with `outcome` `already_confirmed`, or `aborted`:
 * then the order can no longer be confirmed.
 */
export const rejectIfPendingData = confirmOrderData;

/** Ends an order whose money and stock are back. Never refused. */
export const endOrderData = {
  type: 'object',
  additionalProperties: false,
  required: ['order_id', 'status', 'reason'],
  properties: { order_id: id, status: { enum: ['rejected', 'cancelled'] }, reason: { type: ['string', 'null'] } },
} as const satisfies JsonSchema;

export type ConfirmOrderData = Static<typeof confirmOrderData>;
export type EndOrderData = Static<typeof endOrderData>;

export const orderCommands = {
  confirm: 'order-service.confirm-order',
  rejectIfPending: 'order-service.reject-if-pending',
  end: 'order-service.end-order',
} as const;
