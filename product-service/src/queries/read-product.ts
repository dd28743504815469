import type { Db } from '@sagacity/chassis/db/database';
import { answerOf, type CachedAnswer } from '../cache/cached-answer.ts';
import { findProduct, type ProductRow, productNotFound } from '../persistence/products.ts';
import { productAnswer } from './product-answer.ts';

export type { ProductRow };

/** One product; an inactive one only for admins, to others it is `product.not_found`. */
export async function readProduct(db: Db, productId: number, seesInactive: boolean): Promise<CachedAnswer> {
  const row = await findProduct(db, productId);
  if (!row || (!row.is_active && !seesInactive)) throw productNotFound();
  return taggedProduct(row);
}

/** The product as it is answered, the version in front of its tag: stock that is sold changes the answer and not the version. */
export function taggedProduct(row: ProductRow): CachedAnswer {
  return answerOf(productAnswer(row), row.version);
}
