import { fromCents, toCents } from '@sagacity/chassis/money/cents';
import type { ProductAnswer } from '../contract/products.ts';
import type { ProductRow } from '../persistence/products.ts';

/** A product in the shape that clients get. */
export function productAnswer(row: ProductRow): ProductAnswer {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    price: fromCents(toCents(row.price)),
    currency: row.currency,
    category_id: row.category_id,
    category_name: row.category_name,
    stock_quantity: row.stock_quantity,
    available_quantity: row.stock_quantity - row.reserved,
    sku: row.sku,
    is_active: row.is_active,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}
