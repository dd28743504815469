import { uuid7 } from '@sagacity/chassis/ids/uuid7';
import type { OrderCancelRequestedBody, OrderCreatedBody } from '@sagacity/order-service/contract/events';

export type OrderEvent = OrderCreatedBody | OrderCancelRequestedBody;

/** An order of 19.98 for user 3. */
export function orderCreated(orderId: number, sagaId: string): OrderCreatedBody {
  const data = { ...orderData(orderId, sagaId), payment_method: { provider: 'sandbox', token: 'tok_approve' } };
  return { ...envelope('order.created', orderId, 1), data };
}

export function orderCancelRequested(orderId: number, sagaId: string): OrderCancelRequestedBody {
  const data = orderData(orderId, sagaId);
  return {
    ...envelope('order.cancel_requested', orderId, 2),
    data: { ...data, status: 'cancelling', previous_status: 'pending', status_reason: 'changed my mind' },
  };
}

function envelope<T extends string>(type: T, orderId: number, version: number) {
  const eventId = uuid7();
  const occurred = new Date().toISOString();
  return { event_id: eventId, type, occurred_at: occurred, aggregate: { type: 'order', id: orderId, version } };
}

function orderData(orderId: number, sagaId: string): OrderCancelRequestedBody['data'] {
  const at = new Date().toISOString();
  return {
    order_id: orderId,
    saga_id: sagaId,
    user_id: 3,
    status: 'pending',
    previous_status: null,
    status_reason: null,
    total_amount: 19.98,
    currency: 'EUR',
    item_count: 2,
    items: [{ product_id: 5, product_name: 'Lamp', sku: 'L-1', quantity: 2, unit_price: 9.99, total_price: 19.98 }],
    tracking_number: null,
    created_at: at,
    updated_at: at,
  };
}
