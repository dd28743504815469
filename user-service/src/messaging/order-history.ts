import { exchanges } from '@sagacity/chassis/messaging/envelope';
import { type HandlerTable, handler, independently } from '@sagacity/chassis/messaging/handlers';
import type { QueueSpec } from '@sagacity/chassis/messaging/topology';
import { orderCancelled, orderCreated, orderUpdated } from '@sagacity/order-service/contract/events';
import { recordOrder } from '../use-cases/record-order.ts';

/**
 * All instances take from the queue at once: the guard by version makes the history the same whatever the order of arrival,
 * so a single active consumer would cost throughput and bring nothing.
 */
export const orderHistoryQueue: QueueSpec = {
  name: 'user-service.order-history',
  bindings: [{ exchange: exchanges.events, keys: ['order.created', 'order.updated', 'order.cancelled'] }],
};

export const orderHistoryHandlers: HandlerTable = independently({
  'order.created': handler(orderCreated, (trx, { body }) => recordOrder(trx, body.data, body.aggregate.version)),
  'order.updated': handler(orderUpdated, (trx, { body }) => recordOrder(trx, body.data, body.aggregate.version)),
  'order.cancelled': handler(orderCancelled, (trx, { body }) => recordOrder(trx, body.data, body.aggregate.version)),
});
