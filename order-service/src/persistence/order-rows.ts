import { toCents } from '@sagacity/chassis/money/cents';
import type { OrderStatus, PaymentStatus } from '../contract/fields.ts';
import type { OrderLine } from '../domain/quote-lines.ts';

/** A row of `orders` as the driver gives it. */
export interface OrderRow {
  readonly id: number;
  readonly user_id: number;
  readonly total_amount: string;
  readonly status: OrderStatus;
  readonly shipping_address: string;
  readonly billing_address: string;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly currency: string;
  readonly status_reason: string | null;
  readonly payment_status: PaymentStatus;
  readonly payment_provider: string;
  readonly payment_token: string;
  readonly tracking_number: string | null;
  readonly saga_id: string;
  readonly version: number;
  /** False once the saga has given up on confirming it. */
  readonly confirmable: boolean;
}

/** A line as `json_agg` gives it; amounts are JSON numbers with two decimals. */
export interface ItemJson {
  readonly id: number;
  readonly product_id: number;
  readonly product_name: string;
  readonly sku: string;
  readonly quantity: number;
  readonly unit_price: number;
  readonly total_price: number;
}

export interface OrderWithItems extends OrderRow {
  readonly items: readonly ItemJson[];
}

/** The items of one order, rows `i`, as a JSON array in their order. */
export const itemsJson = `json_agg(json_build_object(
    'id', i.id, 'product_id', i.product_id, 'product_name', i.product_name, 'sku', i.sku,
    'quantity', i.quantity, 'unit_price', i.unit_price, 'total_price', i.total_price) ORDER BY i.id)`;

/** The items of an order as one column; to be selected beside the order's own columns. */
export const itemsColumn = `(
  SELECT coalesce(${itemsJson}, '[]') FROM order_items i WHERE i.order_id = o.id) AS items`;

export function lineOf(item: ItemJson): OrderLine {
  return {
    productId: item.product_id,
    productName: item.product_name,
    sku: item.sku,
    quantity: item.quantity,
    unitPriceCents: toCents(item.unit_price),
    totalCents: toCents(item.total_price),
  };
}
