import { exchanges } from '@sagacity/chassis/messaging/envelope';
import { type HandlerTable, handler } from '@sagacity/chassis/messaging/handlers';
import type { QueueSpec } from '@sagacity/chassis/messaging/topology';
import { orderCancelled, orderUpdated } from '@sagacity/order-service/contract/events';
import { recordSale } from '../use-cases/record-sale.ts';

/** Orders that were just placed have sold nothing yet, so `order.created` is not asked for. */
export const orderSalesQueue: QueueSpec = {
  name: 'product-service.order-sales',
  bindings: [{ exchange: exchanges.events, keys: ['order.updated', 'order.cancelled'] }],
};

export const orderSalesHandlers: HandlerTable = {
  'order.updated': handler(orderUpdated, (trx, { body }) => recordSale(trx, body.data, body.aggregate.version)),
  'order.cancelled': handler(orderCancelled, (trx, { body }) => recordSale(trx, body.data, body.aggregate.version)),
};
