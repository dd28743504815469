import type { Trx } from '@sagacity/chassis/db/database';
import type { MessageContext } from '@sagacity/chassis/messaging/envelope';
import { fromCents, toCents } from '@sagacity/chassis/money/cents';
import { appendEvent } from '@sagacity/chassis/outbox/append';
import type { OrderData, orderEvents } from '../contract/events.ts';
import type { OrderStatus } from '../domain/order-status.ts';
import type { OrderWithItems } from '../persistence/order-rows.ts';

/** Where the messages of one order belong together: its own correlation id, and the request or message that caused them. */
export interface Cause {
  readonly traceparent?: string;
  readonly causationId?: string;
}

/** Appends an event of an order whose row the transaction has locked or written. */
export function appendOrderEvent(
  trx: Trx,
  type: keyof typeof orderEvents,
  order: OrderWithItems,
  cause: Cause & { readonly previous: OrderStatus | null },
): void {
  const { previous, ...context } = cause;
  const data = orderData(order, previous);
  appendEvent(trx, {
    type,
    aggregate: { type: 'order', id: order.id, version: order.version },
    data: type === 'order.created' ? { ...data, payment_method: paymentMethodOf(order) } : data,
    occurredAt: order.updated_at,
    context: contextOf(order.id, context),
  });
}

function contextOf(orderId: number, { traceparent, causationId }: Cause): MessageContext {
  return {
    correlationId: `order-${orderId}`,
    ...(causationId === undefined ? {} : { causationId }),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}

function orderData(order: OrderWithItems, previous: OrderStatus | null): OrderData {
  return {
    order_id: order.id,
    saga_id: order.saga_id,
    user_id: order.user_id,
    status: order.status,
    previous_status: previous,
    status_reason: order.status_reason,
    total_amount: fromCents(toCents(order.total_amount)),
    currency: order.currency,
    item_count: order.items.reduce((sum, item) => sum + item.quantity, 0),
    items: order.items.map(({ id: _id, ...line }) => line),
    tracking_number: order.tracking_number,
    created_at: order.created_at.toISOString(),
    updated_at: order.updated_at.toISOString(),
  };
}

function paymentMethodOf(order: OrderWithItems): { provider: string; token: string } {
  return { provider: order.payment_provider, token: order.payment_token };
}
