import type { Db } from '@sagacity/chassis/db/database';
import { inTransaction } from '@sagacity/chassis/db/transaction';
import { DomainError } from '@sagacity/chassis/errors/domain-error';
import { lockProduct, type ProductRow, saveProduct } from '../persistence/products.ts';
import { insertMovement } from '../persistence/stock.ts';
import { appendProductEvent, type Cause } from './product-events.ts';

export interface AdjustStockInput extends Cause {
  readonly productId: number;
  readonly delta: number;
  readonly reason: string;
  readonly actor: string;
}

const mostStock = 2_147_483_647;

/** Adds to what is on hand, or takes from it; throws `stock.below_reserved` when less would be left than orders have reserved. */
export async function adjustStock(
  db: Db,
  { productId, delta, reason, actor, ...cause }: AdjustStockInput,
): Promise<ProductRow> {
  return inTransaction(db, async (trx) => {
    const before = await lockProduct(trx, productId);
    const quantity = before.stock_quantity + delta;
    if (quantity < before.reserved) {
      throw new DomainError('stock.below_reserved', `${before.reserved} are reserved by orders.`, {
        extensions: { stock_quantity: before.stock_quantity, reserved: before.reserved },
      });
    }
    if (quantity > mostStock) throw new DomainError('stock.too_much', 'That is more than can be counted.');
    const product = await saveProduct(trx, productId, { stock_quantity: quantity });
    await insertMovement(trx, { productId, kind: 'adjust', delta, actor, reason });
    appendProductEvent(trx, 'product.updated', product, cause);
    return product;
  });
}
