import { fromCents, toCents } from '@sagacity/chassis/money/cents';
import type { OrderAnswer } from '../contract/orders.ts';
import type { OrderWithItems } from '../persistence/order-rows.ts';

/** An order in the shape that clients get. */
export function orderAnswer(order: OrderWithItems): OrderAnswer {
  return {
    id: order.id,
    user_id: order.user_id,
    status: order.status,
    status_reason: order.status_reason,
    total_amount: fromCents(toCents(order.total_amount)),
    currency: order.currency,
    items: [...order.items],
    shipping_address: order.shipping_address,
    billing_address: order.billing_address,
    payment_status: order.payment_status,
    tracking_number: order.tracking_number,
    saga_id: order.saga_id,
    version: order.version,
    created_at: order.created_at.toISOString(),
    updated_at: order.updated_at.toISOString(),
  };
}
