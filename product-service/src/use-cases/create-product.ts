import type { Db } from '@sagacity/chassis/db/database';
import { inTransaction } from '@sagacity/chassis/db/transaction';
import { toCents, toDecimal } from '@sagacity/chassis/money/cents';
import type { CreateProductBody } from '../contract/products.ts';
import { insertProduct, type ProductRow } from '../persistence/products.ts';
import { insertMovement } from '../persistence/stock.ts';
import { appendProductEvent, type Cause } from './product-events.ts';

/** Adds a product to the catalogue, its first stock as a movement. */
export async function createProduct(
  db: Db,
  input: Cause & { readonly body: CreateProductBody; readonly actor: string },
): Promise<ProductRow> {
  return inTransaction(db, async (trx) => {
    const product = await insertProduct(trx, { ...input.body, price: toDecimal(toCents(input.body.price)) });
    if (product.stock_quantity > 0) {
      const delta = product.stock_quantity;
      await insertMovement(trx, {
        productId: product.id,
        kind: 'receive',
        delta,
        actor: input.actor,
        reason: 'first stock',
      });
    }
    appendProductEvent(trx, 'product.created', product, input);
    return product;
  });
}
