import type { Db } from '@sagacity/chassis/db/database';
import { runSql } from '@sagacity/chassis/db/run-sql';
import type { ListQuery } from '@sagacity/chassis/lists/list-schemas';
import type { SearchAnswer, Sort } from '../contract/products.ts';
import { type FacetRow, facetsOf } from './facets.ts';
import { type Page, readPage, totalsOf } from './list-products.ts';
import { matchingEach, newestMatches } from './newest-matches.ts';
import { type ProductCursor, type Reach, readCursor, sortOfCursor } from './product-cursor.ts';
import { conditionsOf, type ProductFilters } from './product-filters.ts';
import { orders } from './product-orders.ts';
import { rankedPage, readMatches } from './ranked-matches.ts';
import { correct, queriesOf } from './search-words.ts';

export interface SearchQuery extends ListQuery, ProductFilters {
  readonly q: string;
  readonly sort?: Sort | 'rank' | undefined;
}

/**
 * So many matches, the newest ones, are ranked and counted at most, so that a word that everything has costs no more than others.
 * By cursor the same ones are ranked on every page.
 */
export const mostRanked = 1_000;
/** End the sort in cursors, so that the next page is one of the same search: its words were corrected; no beginnings were looked for. */
const correctedMark = '~';
const wholeMark = '=';

/** Products that match the words; where no product does, those that match the known words which look most like them. */
export async function searchProducts(db: Db, query: SearchQuery, most = mostRanked): Promise<SearchAnswer> {
  const goesOn = query.cursor !== undefined;
  const wasCorrected = goesOn && sortOfCursor(query.cursor).includes(correctedMark);
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

async function search(db: Db, query: SearchQuery, how: How) {
  const { match, mark, ids, reach, total, after } = await findNewest(db, query, how);
  const sort = query.sort ?? 'rank';
  const cursorSort = `${sort}${mark}`;
  const all = total > how.most ? undefined : ids;
  const [matching, page] = await Promise.all([
    readMatches(db, { match, ids, query, after, isRanked: sort === 'rank' }),
    sort === 'rank' ? undefined : pageBySort(db, query, { match, sort, cursorSort, all }),
  ]);
  const facets = facetsOf(matching.facets, await categoryNames(db, matching.facets));
  return {
    ...(page ?? (await rankedPage(db, matching.page ?? [], { limit: query.limit, sort: cursorSort, reach }))),
    ...totalsOf(query, total, how.most),
    facets,
  };
}

/**
 * The newest matches: of the words as they are where those are more than the bound, otherwise of beginnings, too, whose matches take
 * long to gather. On a further page those that the first one ranked, as far as they match still.
 */
async function findNewest(db: Db, query: SearchQuery, { words, mark, most }: How) {
  const [{ whole, begun }, newest] = await Promise.all([queriesOf(db, words), newestId(db)]);
  const [ofWhole, ofBegun] = [
    { match: whole, mark: `${mark}${wholeMark}` },
    { match: begun, mark },
  ];
  if (query.cursor !== undefined) {
    const chosen = sortOfCursor(query.cursor).endsWith(wholeMark) ? ofWhole : ofBegun;
    const after = readCursor(query.cursor, `${query.sort ?? 'rank'}${chosen.mark}`);
    return { ...chosen, after, ...(await reachInto(db, query, { match: chosen.match, newest, most, after })) };
  }
  const found = await reachInto(db, query, { match: whole, newest, most, after: undefined });
  if (found.total > most || whole === begun) return { ...ofWhole, after: undefined, ...found };
  return {
    ...ofBegun,
    after: undefined,
    ...(await reachInto(db, query, { match: begun, newest, most, after: undefined })),
  };
}

interface Into {
  readonly match: string;
  readonly newest: number;
  readonly most: number;
  readonly after: ProductCursor | undefined;
}

async function reachInto(db: Db, query: SearchQuery, { match, newest, most, after }: Into) {
  const { upTo, downTo } = withinCatalogue(newest, after?.reach);
  // Products that were brought back since must not push out others in the same reach.
  const limit = after?.reach ? 2 * most : most + 1;
  const conditions = conditionsOf({ ...query, category_id: undefined });
  const wanted = { match, conditions, categoryId: query.category_id, upTo, downTo };
  const found = await newestMatches(db, { ...wanted, most: limit });
  const ids = after?.reach ? found : found.slice(0, most);
  const reach: Reach = { upTo, downTo: ids.length < found.length ? (ids.at(-1) ?? downTo) : downTo };
  return { ids, reach, total: found.length };
}

function withinCatalogue(newest: number, { upTo, downTo }: Reach = { upTo: newest, downTo: 1 }): Reach {
  return { upTo: Math.min(newest, upTo), downTo: Math.max(1, downTo) };
}

async function newestId(db: Db): Promise<number> {
  const { rows } = await runSql<{ id: number | null }>(db, 'SELECT max(id) AS id FROM products');
  return rows[0]?.id ?? 0;
}

interface SortedBy {
  readonly match: string;
  readonly sort: Sort;
  readonly cursorSort: string;
  /** All matches, where there are no more than the bound. */
  readonly all: readonly number[] | undefined;
}

/** Few matches are sorted. Where there are many, the next ones in the order are not far. */
function pageBySort(db: Db, query: SearchQuery, { match, sort, cursorSort, all }: SortedBy): Promise<Page> {
  const matching = all
    ? { sql: 'p.id = ANY(:all::int[])', values: { all: [...all] } }
    : { sql: matchingEach, values: { match } };
  const conditions = [...conditionsOf(query), matching];
  return readPage(db, { query, conditions, sort: cursorSort, order: orders[sort], isPlannedEachTime: true });
}

async function categoryNames(db: Db, facets: readonly FacetRow[]): Promise<Map<number, string>> {
  const ids = [...new Set(facets.flatMap(({ category_id }) => category_id ?? []))];
  const { rows } = await runSql<{ id: number; name: string }>(db, 'SELECT id, name FROM categories WHERE id = ANY(?)', [
    ids,
  ]);
  return new Map(rows.map(({ id, name }) => [id, name]));
}
