import type { Db } from '@sagacity/chassis/db/database';
import { plannedEachTime } from '@sagacity/chassis/db/prepared-statements';
import { runSql } from '@sagacity/chassis/db/run-sql';
import { DomainError } from '@sagacity/chassis/errors/domain-error';
import type { ListQuery } from '@sagacity/chassis/lists/list-schemas';
import type { ProductListAnswer, Sort } from '../contract/products.ts';
import { type ProductRow, productColumns } from '../persistence/products.ts';
import { productAnswer } from './product-answer.ts';
import { type Reach, readCursor, refusingForged, writeCursor } from './product-cursor.ts';
import { type Condition, conditionsOf, joined, type ProductFilters } from './product-filters.ts';
import { beyondCursor, type Order, orders } from './product-orders.ts';

export interface ProductListQuery extends ListQuery, ProductFilters {
  readonly sort?: Sort | undefined;
}

/** Products are counted up to here; where there are more, the total says at least so many. */
export const mostCounted = 10_000;

/** Products that are for sale, by page with totals or from a cursor on. */
export async function listProducts(db: Db, query: ProductListQuery): Promise<ProductListAnswer> {
  const sort = query.sort ?? 'name';
  const conditions = conditionsOf(query);
  const [page, total] = await Promise.all([
    readPage(db, { query, conditions, sort, order: orders[sort] }),
    query.cursor === undefined ? count(db, conditions) : undefined,
  ]);
  return { ...page, ...totalsOf(query, total, mostCounted) };
}

export interface Page {
  readonly items: ProductListAnswer['items'];
  readonly limit: number;
  readonly next_cursor: string | null;
}

export interface PageOf {
  readonly query: ListQuery;
  readonly conditions: readonly Condition[];
  /** The name of the order, which its cursors carry. */
  readonly sort: string;
  readonly order: Order;
  /** Set where the best plan depends on the values. */
  readonly isPlannedEachTime?: boolean;
}

type Row = ProductRow & { readonly sort_value: string };

/** Reads a page of the products that meet the conditions, along the index of the order. */
export async function readPage(db: Db, { query, conditions, sort, order, isPlannedEachTime }: PageOf): Promise<Page> {
  const { limit, cursor } = query;
  const beyond = cursor === undefined ? [] : [beyondCursor(order, readCursor(cursor, sort))];
  const where = joined([...conditions, ...beyond]);
  const direction = order.descending ? 'DESC' : 'ASC';
  const reading = runSql<Row>(
    db,
    `${isPlannedEachTime ? plannedEachTime : ''} SELECT ${productColumns}, (${order.expression})::${order.type}::text AS sort_value
     FROM products p ${order.join} LEFT JOIN categories c ON c.id = p.category_id
     WHERE ${where.sql}
     ORDER BY ${order.expression} ${direction}, ${order.id} ${direction} LIMIT :limit OFFSET :offset`,
    // One more than asked for tells whether there is a next page.
    { ...where.values, limit: limit + 1, offset: offsetOf(query) },
  );
  const { rows } = await refusingForged(cursor, reading);
  return pageOf(rows, limit, sort);
}

/** The products to show of those that were read, and the cursor of the next page when one more than the limit was read. */
export function pageOf(rows: readonly Row[], limit: number, sort: string, reach?: Reach): Page {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const more = rows.length > limit && last !== undefined;
  return {
    items: shown.map(productAnswer),
    limit,
    next_cursor: more ? writeCursor({ sort, value: last.sort_value, id: last.id, reach }) : null,
  };
}

/** How many rows the asked page skips; throws `request.invalid` for one that is too deep to be read by counting. */
export function offsetOf({ page, limit, cursor }: ListQuery): number {
  if (cursor !== undefined && page !== undefined) throw invalid('/query/cursor', 'cannot be combined with page');
  const offset = ((page ?? 1) - 1) * limit;
  if (offset > mostCounted) throw invalid('/query/page', 'is too deep; go on by next_cursor instead');
  return offset;
}

/** The totals of a list; all null when it was read by cursor. */
export function totalsOf({ page = 1, limit, cursor }: ListQuery, counted: number | undefined, most: number) {
  if (cursor !== undefined || counted === undefined)
    return { page: null, total: null, total_is_exact: null, pages: null };
  const total = Math.min(counted, most);
  return { page, total, total_is_exact: counted <= most, pages: Math.ceil(total / limit) };
}

async function count(db: Db, conditions: readonly Condition[]): Promise<number> {
  const where = joined(conditions);
  const { rows } = await runSql<{ total: number }>(
    db,
    `SELECT count(*)::int AS total FROM (SELECT FROM products p WHERE ${where.sql} LIMIT ${mostCounted + 1}) AS counted`,
    where.values,
  );
  return rows[0]?.total ?? 0;
}

function invalid(pointer: string, detail: string): DomainError {
  return new DomainError('request.invalid', 'The request is not valid.', {
    errors: [{ pointer, code: 'invalid', detail }],
  });
}
