import type { Db } from '@sagacity/chassis/db/database';
import type { ListQuery } from '@sagacity/chassis/lists/list-schemas';
import type { SearchAnswer, Sort } from '../contract/products.ts';
import { type FacetRow, facetsOf, priceBucket } from './facets.ts';
import { findProducts } from './find-products.ts';
import { offsetOf, type Page, pageOf, readPage, totalsOf } from './list-products.ts';
import { readCursor, refusingForged, sortOfCursor } from './product-cursor.ts';
import { conditionsOf, joined, type ProductFilters } from './product-filters.ts';
import { orders } from './product-orders.ts';
import { correct, queryOf } from './search-words.ts';

export interface SearchQuery extends ListQuery, ProductFilters {
  readonly q: string;
  readonly sort?: Sort | 'rank' | undefined;
}

/** So many matches, the newest ones, are ranked and counted at most, so that a word that everything has costs no more than others. */
export const mostMatched = 5_000;
/** Ends the sort in cursors of a search whose words were corrected, so that the next page is one of the same search. */
const correctedMark = '~';

/** Products that match the words; where no product does, those that match the known words which look most like them. */
export async function searchProducts(db: Db, query: SearchQuery): Promise<SearchAnswer> {
  const goesOn = query.cursor !== undefined;
  const wasCorrected = goesOn && sortOfCursor(query.cursor).endsWith(correctedMark);
  if (!wasCorrected) {
    const found = await search(db, query, query.q, '');
    if (goesOn || found.total !== 0) return { ...found, corrected_q: null };
  }
  const corrected = await correct(db, query.q);
  const found = await search(db, query, corrected ?? query.q, correctedMark);
  return { ...found, corrected_q: corrected !== undefined && found.items.length > 0 ? corrected : null };
}

async function search(db: Db, query: SearchQuery, words: string, mark: string) {
  const match = { sql: 'p.search @@ :match::tsquery', values: { match: await queryOf(db, words) } };
  const conditions = [...conditionsOf(query), match];
  const where = joined(conditions);
  const sort = query.sort ?? 'rank';
  const cursorSort = `${sort}${mark}`;
  const readMatches = () => matches(db, { query, where, sort: cursorSort, ranked: sort === 'rank' });
  const [matching, page] = await Promise.all([
    readMatches(),
    sort === 'rank' ? undefined : readPage(db, { query, conditions, sort: cursorSort, order: orders[sort] }),
  ]);
  const facets = facetsOf(matching.facets, await categoryNames(db, matching.facets));
  return {
    ...(page ?? (await rankedPage(db, matching.page ?? [], query.limit, cursorSort))),
    ...totalsOf(query, matching.total, mostMatched),
    facets,
  };
}

interface RankedId {
  readonly id: number;
  readonly sort_value: string;
}

interface Matches {
  readonly page: readonly RankedId[] | null;
  readonly facets: readonly FacetRow[];
  readonly total: number;
}

/** The matches, read once: how many, in which categories and prices, and which of them are shown when they are sorted by rank. */
async function matches(
  db: Db,
  list: { query: SearchQuery; where: ReturnType<typeof joined>; sort: string; ranked: boolean },
): Promise<Matches> {
  const { query, where, sort, ranked } = list;
  const after = ranked && query.cursor !== undefined ? readCursor(query.cursor, sort) : undefined;
  const reading = db.raw<{ rows: Matches[] }>(
    `WITH matching AS MATERIALIZED (
       SELECT p.id, p.category_id, p.price${ranked ? ', ts_rank_cd(p.search, :match::tsquery) AS rank' : ''}
       FROM products p WHERE ${where.sql} ORDER BY p.id DESC LIMIT ${mostMatched + 1}
     ), page AS (
       ${
         ranked
           ? `SELECT id, rank::text AS sort_value FROM matching ${after ? 'WHERE (rank, id) < (:after::real, :afterId::int)' : ''}
              ORDER BY rank DESC, id DESC LIMIT :limit OFFSET :offset`
           : 'SELECT NULL WHERE false'
       }
     ), counted AS (
       SELECT category_id, ${priceBucket} AS bucket, count(*)::int AS count FROM matching GROUP BY 1, 2
     )
     SELECT (SELECT json_agg(page) FROM page) AS page,
       (SELECT coalesce(json_agg(counted), '[]') FROM counted) AS facets,
       (SELECT count(*)::int FROM matching) AS total`,
    {
      ...where.values,
      ...(ranked ? { limit: query.limit + 1, offset: offsetOf(query) } : {}),
      ...(after ? { after: after.value, afterId: after.id } : {}),
    } as never,
  );
  const { rows } = await refusingForged(query.cursor, reading);
  return rows[0] ?? { page: null, facets: [], total: 0 };
}

async function rankedPage(db: Db, ranked: readonly RankedId[], limit: number, sort: string): Promise<Page> {
  const products = await findProducts(
    db,
    ranked.map(({ id }) => id),
  );
  // One that was deleted since is left out.
  const rows = ranked.flatMap(({ id, sort_value }) => {
    const row = products.get(id);
    return row ? [{ ...row, sort_value }] : [];
  });
  return pageOf(rows, limit, sort);
}

async function categoryNames(db: Db, facets: readonly FacetRow[]): Promise<Map<number, string>> {
  const ids = [...new Set(facets.flatMap(({ category_id }) => category_id ?? []))];
  const { rows } = await db.raw<{ rows: { id: number; name: string }[] }>(
    'SELECT id, name FROM categories WHERE id = ANY(?)',
    [ids],
  );
  return new Map(rows.map(({ id, name }) => [id, name]));
}
