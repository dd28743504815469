import type pg from 'pg';
import type { HandSearch } from './requests.ts';

/**
 * The same answer by one statement, as it is written when there is no bound: all matches are ranked and counted. Words and the
 * beginning of the last one are found; nothing is corrected, and no category by its name.
 */
const statement = `
  WITH matching AS MATERIALIZED (
    SELECT id, category_id, price, ts_rank_cd(search, $1::tsquery) AS rank FROM products
    WHERE is_active AND search @@ $1::tsquery AND ($2::int IS NULL OR category_id = $2)
      AND ($3::numeric IS NULL OR price <= $3) AND ($4::boolean IS NULL OR in_stock = $4)
  ), page AS (
    SELECT p.*, c.name AS category_name, m.rank
    FROM (SELECT id, rank FROM matching ORDER BY rank DESC, id DESC LIMIT 20) AS m JOIN products p USING (id)
    LEFT JOIN categories c ON c.id = p.category_id
  ), facets AS (
    SELECT category_id, width_bucket(price, ARRAY[0,10,25,50,100,250]::numeric[]) AS bucket, count(*) FROM matching GROUP BY 1, 2
  )
  SELECT (SELECT json_agg(page ORDER BY rank DESC, id DESC) FROM page) AS items,
    (SELECT json_agg(facets) FROM facets) AS facets, (SELECT count(*) FROM matching) AS total`;

export async function searchByHand(db: pg.Client, search: HandSearch): Promise<void> {
  const { rows } = await db.query<{ match: string }>(
    "SELECT (to_tsquery('english', $1) || to_tsquery('simple', $1))::text AS match",
    [`${search.q.split(' ').join(' & ')}:*`],
  );
  const { categoryId = null, maxPrice = null, inStock = null } = search;
  await db.query(statement, [rows[0]?.match ?? '', categoryId, maxPrice, inStock]);
}
