import type { Db } from '@sagacity/chassis/db/database';
import { inTransaction } from '@sagacity/chassis/db/transaction';
import { toCents, toDecimal } from '@sagacity/chassis/money/cents';
import type { ChangeProductBody } from '../contract/products.ts';
import { assertVersion } from '../domain/product-version.ts';
import { lockProduct, type ProductFields, type ProductRow, saveProduct } from '../persistence/products.ts';
import { insertMovement } from '../persistence/stock.ts';
import { appendProductEvent, type Cause } from './product-events.ts';

export interface ChangeProductInput extends Cause {
  readonly productId: number;
  readonly body: ChangeProductBody;
  readonly actor: string;
  readonly ifMatch: string | undefined;
}

/** Changes a product; another quantity is a movement in the ledger, and cannot be less than what is reserved. */
export async function changeProduct(db: Db, input: ChangeProductInput): Promise<ProductRow> {
  return inTransaction(db, async (trx) => {
    const before = await lockProduct(trx, input.productId);
    assertVersion(input.ifMatch, before.version);
    const { price, ...others } = input.body;
    const fields: ProductFields = price === undefined ? others : { ...others, price: toDecimal(toCents(price)) };
    const product = await saveProduct(trx, input.productId, fields);
    const delta = product.stock_quantity - before.stock_quantity;
    if (delta !== 0) {
      await insertMovement(trx, {
        productId: product.id,
        kind: 'adjust',
        delta,
        actor: input.actor,
        reason: 'product changed',
      });
    }
    appendProductEvent(trx, 'product.updated', product, input);
    return product;
  });
}

/** Takes a product out of the catalogue; orders keep what they say of it. */
export async function deleteProduct(db: Db, input: Omit<ChangeProductInput, 'body' | 'actor'>): Promise<void> {
  await inTransaction(db, async (trx) => {
    const before = await lockProduct(trx, input.productId);
    assertVersion(input.ifMatch, before.version);
    if (!before.is_active) return;
    appendProductEvent(trx, 'product.deleted', await saveProduct(trx, input.productId, { is_active: false }), input);
  });
}
