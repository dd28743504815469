import type { Trx } from '@sagacity/chassis/db/database';
import { fromCents, toCents } from '@sagacity/chassis/money/cents';
import { appendEvent } from '@sagacity/chassis/outbox/append';
import type { ProductData, productEvents } from '../contract/events.ts';
import type { ProductRow } from '../persistence/products.ts';

/** The request that caused a change. */
export interface Cause {
  readonly requestId: string;
  readonly traceparent: string;
}

/** Appends an event of a product whose row the transaction has locked or written. */
export function appendProductEvent(
  trx: Trx,
  type: keyof typeof productEvents,
  product: ProductRow,
  cause: Cause,
): void {
  const data: ProductData = {
    product_id: product.id,
    name: product.name,
    sku: product.sku,
    price: fromCents(toCents(product.price)),
    currency: product.currency,
    category_id: product.category_id,
    stock_quantity: product.stock_quantity,
    is_active: product.is_active,
    updated_at: product.updated_at.toISOString(),
  };
  appendEvent(trx, {
    type,
    aggregate: { type: 'product', id: product.id, version: product.version },
    data,
    occurredAt: product.updated_at,
    context: { correlationId: `product-${product.id}`, causationId: cause.requestId, traceparent: cause.traceparent },
  });
}
