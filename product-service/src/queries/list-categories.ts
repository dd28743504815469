import type { Db } from '@sagacity/chassis/db/database';
import { runSql } from '@sagacity/chassis/db/run-sql';
import type { CategoryAnswer } from '../contract/categories.ts';

/** All categories by name, each with how many products are for sale in it. */
export async function listCategories(db: Db): Promise<{ items: CategoryAnswer[] }> {
  const { rows } = await runSql<CategoryAnswer>(
    db,
    `SELECT c.id, c.name, c.description, coalesce(n.count, 0)::int AS product_count
     FROM categories c
     LEFT JOIN (SELECT category_id, count(*) FROM products WHERE is_active GROUP BY category_id) n ON n.category_id = c.id
     ORDER BY c.name`,
  );
  return { items: rows };
}
