import type { Db } from '@sagacity/chassis/db/database';
import type { ListQuery } from '@sagacity/chassis/lists/list-schemas';
import type { SearchAnswer, Sort } from '../contract/products.ts';
import { type FacetRow, facetsOf } from './facets.ts';
import { readPage, totalsOf } from './list-products.ts';
import { newestMatches } from './newest-matches.ts';
import { type ProductCursor, type Reach, readCursor, sortOfCursor } from './product-cursor.ts';
import { conditionsOf, type ProductFilters } from './product-filters.ts';
import { orders } from './product-orders.ts';
import { rankedPage, readMatches } from './ranked-matches.ts';
import { correct, queryOf } from './search-words.ts';

export interface SearchQuery extends ListQuery, ProductFilters {
  readonly q: string;
  readonly sort?: Sort | 'rank' | undefined;
}

/**
 * So many matches, the newest ones, are ranked and counted at most, so that a word that everything has costs no more than others.
 * By cursor the same ones are ranked on every page.
 */
export const mostRanked = 2_000;
/** Ends the sort in cursors of a search whose words were corrected, so that the next page is one of the same search. */
const correctedMark = '~';

/** Products that match the words; where no product does, those that match the known words which look most like them. */
export async function searchProducts(db: Db, query: SearchQuery, most = mostRanked): Promise<SearchAnswer> {
  const goesOn = query.cursor !== undefined;
  const wasCorrected = goesOn && sortOfCursor(query.cursor).endsWith(correctedMark);
  if (!wasCorrected) {
    const found = await search(db, query, { words: query.q, mark: '', most });
    if (goesOn || found.total !== 0) return { ...found, corrected_q: null };
  }
  const corrected = await correct(db, query.q);
  const found = await search(db, query, { words: corrected ?? query.q, mark: correctedMark, most });
  return { ...found, corrected_q: corrected !== undefined && found.items.length > 0 ? corrected : null };
}

interface How {
  readonly words: string;
  /** Ends the sort's name in cursors. */
  readonly mark: string;
  readonly most: number;
}

async function search(db: Db, query: SearchQuery, { words, mark, most }: How) {
  const sort = query.sort ?? 'rank';
  const cursorSort = `${sort}${mark}`;
  const after = query.cursor === undefined ? undefined : readCursor(query.cursor, cursorSort);
  const match = await queryOf(db, words);
  const [{ matching, reach, total }, page] = await Promise.all([
    readNewest(db, query, { match, after, most }),
    sort === 'rank' ? undefined : pageBySort(db, query, { match, sort, cursorSort }),
  ]);
  const facets = facetsOf(matching.facets, await categoryNames(db, matching.facets));
  return {
    ...(page ?? (await rankedPage(db, matching.page ?? [], { limit: query.limit, sort: cursorSort, reach }))),
    ...totalsOf(query, total, most),
    facets,
  };
}

/** The newest matches; on a further page those that the first one ranked, as far as they match still. */
async function readNewest(
  db: Db,
  query: SearchQuery,
  { match, after, most }: { match: string; after: ProductCursor | undefined; most: number },
) {
  const isRanked = (query.sort ?? 'rank') === 'rank';
  const { upTo, downTo } = withinCatalogue(await newestId(db), after?.reach);
  // Products that were brought back since must not push out others in the same reach.
  const limit = after?.reach ? 2 * most : most + 1;
  const found = { match, conditions: conditionsOf(query), categoryId: query.category_id, upTo, downTo };
  const ids = await newestMatches(db, { ...found, most: limit });
  const ranked = after?.reach ? ids : ids.slice(0, most);
  const reach: Reach = { upTo, downTo: ranked.length < ids.length ? (ranked.at(-1) ?? downTo) : downTo };
  return { matching: await readMatches(db, { match, ids: ranked, query, after, isRanked }), reach, total: ids.length };
}

function withinCatalogue(newest: number, { upTo, downTo }: Reach = { upTo: newest, downTo: 1 }): Reach {
  return { upTo: Math.min(newest, upTo), downTo: Math.max(1, downTo) };
}

async function newestId(db: Db): Promise<number> {
  const { rows } = await db.raw<{ rows: { id: number | null }[] }>('SELECT max(id) AS id FROM products');
  return rows[0]?.id ?? 0;
}

function pageBySort(
  db: Db,
  query: SearchQuery,
  { match, sort, cursorSort }: { match: string; sort: Sort; cursorSort: string },
) {
  const conditions = [...conditionsOf(query), { sql: 'p.search @@ :match::tsquery', values: { match } }];
  return readPage(db, { query, conditions, sort: cursorSort, order: orders[sort] });
}

async function categoryNames(db: Db, facets: readonly FacetRow[]): Promise<Map<number, string>> {
  const ids = [...new Set(facets.flatMap(({ category_id }) => category_id ?? []))];
  const { rows } = await db.raw<{ rows: { id: number; name: string }[] }>(
    'SELECT id, name FROM categories WHERE id = ANY(?)',
    [ids],
  );
  return new Map(rows.map(({ id, name }) => [id, name]));
}
