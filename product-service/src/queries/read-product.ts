import type { Db } from '@sagacity/chassis/db/database';
import type { ProductAnswer } from '../contract/products.ts';
import { findProduct, productNotFound } from '../persistence/products.ts';
import { productAnswer } from './product-answer.ts';

export interface ReadProduct {
  readonly product: ProductAnswer;
  /** What its entity tag is made of; stock that is sold changes the answer and not the version. */
  readonly tag: string;
}

/** One product; an inactive one only for admins, to others it is `product.not_found`. */
export async function readProduct(db: Db, productId: number, seesInactive: boolean): Promise<ReadProduct> {
  const row = await findProduct(db, productId);
  if (!row || (!row.is_active && !seesInactive)) throw productNotFound();
  return { product: productAnswer(row), tag: `${row.version}` };
}
