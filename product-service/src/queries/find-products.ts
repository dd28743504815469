import type { Db } from '@sagacity/chassis/db/database';
import { runSql } from '@sagacity/chassis/db/run-sql';
import { type ProductRow, productColumns } from '../persistence/products.ts';

/** The products by id; those that do not exist are missing. */
export async function findProducts(db: Db, ids: readonly number[]): Promise<Map<number, ProductRow>> {
  const { rows } = await runSql<ProductRow>(
    db,
    `SELECT ${productColumns} FROM products p LEFT JOIN categories c ON c.id = p.category_id WHERE p.id = ANY(?)`,
    [[...ids]],
  );
  return new Map(rows.map((row) => [row.id, row]));
}
