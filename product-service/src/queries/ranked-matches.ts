import type { Db } from '@sagacity/chassis/db/database';
import { runSql } from '@sagacity/chassis/db/run-sql';
import type { ListQuery } from '@sagacity/chassis/lists/list-schemas';
import { type FacetRow, priceBucket } from './facets.ts';
import { findProducts } from './find-products.ts';
import { offsetOf, type Page, pageOf } from './list-products.ts';
import { type ProductCursor, type Reach, refusingForged } from './product-cursor.ts';

export interface RankedId {
  readonly id: number;
  readonly sort_value: string;
}

export interface Matches {
  /** Null when they are not to be ranked. */
  readonly page: readonly RankedId[] | null;
  readonly facets: readonly FacetRow[];
}

export interface MatchesRead {
  /** A tsquery as text. */
  readonly match: string;
  readonly ids: readonly number[];
  readonly query: ListQuery;
  readonly after: ProductCursor | undefined;
  readonly isRanked: boolean;
}

/** The products that were found to match, read once: in which categories and prices, and which of them are shown when sorted by rank. */
export async function readMatches(db: Db, { match, ids, query, after, isRanked }: MatchesRead): Promise<Matches> {
  const beyond = after ? 'WHERE (rank, id) < (:after::real, :afterId::int)' : '';
  const page = `SELECT id, rank::text AS sort_value FROM matching ${beyond} ORDER BY rank DESC, id DESC LIMIT :limit OFFSET :offset`;
  const reading = runSql<Matches>(
    db,
    `WITH matching AS MATERIALIZED (
       SELECT p.id, p.category_id, p.price${isRanked ? ', ts_rank_cd(p.search, :match::tsquery) AS rank' : ''}
       FROM products p WHERE p.id = ANY(:ids::int[])
     ), page AS (
       ${isRanked ? page : 'SELECT NULL WHERE false'}
     ), counted AS (
       SELECT category_id, ${priceBucket} AS bucket, count(*)::int AS count FROM matching GROUP BY 1, 2
     )
     SELECT (SELECT json_agg(page) FROM page) AS page,
       (SELECT coalesce(json_agg(counted), '[]') FROM counted) AS facets`,
    {
      ids: [...ids],
      ...(isRanked ? { match, limit: query.limit + 1, offset: offsetOf(query) } : {}),
      ...(isRanked && after ? { after: after.value, afterId: after.id } : {}),
    },
  );
  const { rows } = await refusingForged(query.cursor, reading);
  return rows[0] ?? { page: null, facets: [] };
}

/** The products to show of those that were ranked, with a cursor that remembers which ones these were. */
export async function rankedPage(
  db: Db,
  ranked: readonly RankedId[],
  { limit, sort, reach }: { limit: number; sort: string; reach: Reach },
): Promise<Page> {
  const products = await findProducts(
    db,
    ranked.map(({ id }) => id),
  );
  // One that was deleted since is left out.
  const rows = ranked.flatMap(({ id, sort_value }) => {
    const row = products.get(id);
    return row ? [{ ...row, sort_value }] : [];
  });
  return pageOf(rows, limit, sort, reach);
}
