import type { Db } from '@sagacity/chassis/db/database';
import type { ListQuery } from '@sagacity/chassis/lists/list-schemas';
import type { SearchAnswer, Sort } from '../contract/products.ts';
import { listMatching, orderOf } from './list-products.ts';
import { type Condition, conditionsOf, joined, matchOf, type ProductFilters } from './product-filters.ts';

export interface SearchQuery extends ListQuery, ProductFilters {
  readonly q: string;
  readonly sort?: Sort | 'rank' | undefined;
}

const priceBounds = [0, 10, 25, 50, 100, 250] as const;
/** Facets are counted over so many matches at most, so that a word that everything has costs no more. */
const mostCounted = 10_000;

/** Products that match the words, or look like them when no word is found, with counts by category and price. */
export async function searchProducts(db: Db, query: SearchQuery): Promise<SearchAnswer> {
  const found = await search(db, query, 'words');
  const isFirst = query.cursor === undefined;
  const answer = isFirst && found.total === 0 ? await search(db, query, 'similar') : found;
  return answer as SearchAnswer;
}

async function search(db: Db, query: SearchQuery, how: 'words' | 'similar') {
  const match = matchOf(query.q, how);
  const conditions = [...conditionsOf(query), match];
  const sort = query.sort ?? 'rank';
  const order = sort === 'rank' ? ({ expression: match.rank, descending: true, type: 'real' } as const) : orderOf(sort);
  const [list, facets] = await Promise.all([
    listMatching(db, { query, conditions, sort, order }),
    countFacets(db, conditions),
  ]);
  return { ...list, facets };
}

async function countFacets(db: Db, conditions: readonly Condition[]): Promise<SearchAnswer['facets']> {
  const where = joined(conditions);
  const { rows } = await db.raw<{ rows: { category_id: number; name: string; bucket: number; count: number }[] }>(
    `WITH matching AS (SELECT p.category_id, p.price FROM products p WHERE ${where.sql} LIMIT ${mostCounted})
     SELECT m.category_id, c.name, width_bucket(m.price, ARRAY[${priceBounds.join(',')}]::numeric[]) AS bucket, count(*)::int
     FROM matching m LEFT JOIN categories c ON c.id = m.category_id GROUP BY 1, 2, 3`,
    where.values as never,
  );
  const categories = new Map<number, { id: number; name: string; count: number }>();
  const counts = new Map<number, number>();
  for (const { category_id: id, name, bucket, count } of rows) {
    counts.set(bucket, (counts.get(bucket) ?? 0) + count);
    if (id !== null) categories.set(id, { id, name, count: (categories.get(id)?.count ?? 0) + count });
  }
  return {
    categories: [...categories.values()].sort((a, b) => b.count - a.count || a.name.localeCompare(b.name)),
    price_ranges: priceBounds.map((from, index) => ({
      from,
      to: priceBounds[index + 1] ?? null,
      count: counts.get(index + 1) ?? 0,
    })),
  };
}
