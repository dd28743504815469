import type { Db } from '@sagacity/chassis/db/database';
import { DomainError } from '@sagacity/chassis/errors/domain-error';
import type { ListAnswer, ListQuery } from '@sagacity/chassis/lists/list-schemas';
import type { ProductAnswer, Sort } from '../contract/products.ts';
import { type ProductRow, productColumns } from '../persistence/products.ts';
import { productAnswer } from './product-answer.ts';
import { readCursor, writeCursor } from './product-cursor.ts';
import { type Condition, conditionsOf, joined, type ProductFilters } from './product-filters.ts';

interface Order {
  readonly expression: string;
  readonly descending: boolean;
  /** The type that a cursor's text is read as. */
  readonly type: 'numeric' | 'text' | 'timestamp' | 'integer' | 'real';
}

const orders: Readonly<Record<Sort, Order>> = {
  price: { expression: 'p.price', descending: false, type: 'numeric' },
  '-price': { expression: 'p.price', descending: true, type: 'numeric' },
  name: { expression: 'p.name', descending: false, type: 'text' },
  '-name': { expression: 'p.name', descending: true, type: 'text' },
  created_at: { expression: 'p.created_at', descending: false, type: 'timestamp' },
  '-created_at': { expression: 'p.created_at', descending: true, type: 'timestamp' },
  '-popularity': { expression: 'p.sold', descending: true, type: 'integer' },
};

export interface ProductListQuery extends ListQuery, ProductFilters {
  readonly sort?: Sort | undefined;
}

const deepestOffset = 10_000;

/** Products that are for sale, by page with totals or from a cursor on. */
export async function listProducts(db: Db, query: ProductListQuery): Promise<ListAnswer<ProductAnswer>> {
  const sort = query.sort ?? 'name';
  return listMatching(db, { query, conditions: conditionsOf(query), sort, order: orders[sort] });
}

export function orderOf(sort: Sort): Order {
  return orders[sort];
}

/** Reads a page of the products that meet the conditions; the values of the order's expression must be among the conditions' values. */
export async function listMatching(
  db: Db,
  list: { query: ListQuery; conditions: readonly Condition[]; sort: string; order: Order },
): Promise<ListAnswer<ProductAnswer>> {
  const { limit, cursor } = list.query;
  if (cursor !== undefined) {
    if (list.query.page !== undefined) throw invalid('/query/cursor', 'cannot be combined with page');
    const rows = await select(db, list, { after: cursor, offset: 0 });
    return { ...pageOf(rows, limit, list.sort), page: null, total: null, pages: null };
  }
  const page = list.query.page ?? 1;
  const offset = (page - 1) * limit;
  if (offset > deepestOffset) throw invalid('/query/page', 'is too deep; go on by next_cursor instead');
  const [rows, total] = await Promise.all([select(db, list, { offset }), count(db, list.conditions)]);
  return { ...pageOf(rows, limit, list.sort), page, total, pages: Math.ceil(total / limit) };
}

type Row = ProductRow & { readonly sort_value: string };

async function select(
  db: Db,
  list: { query: ListQuery; conditions: readonly Condition[]; sort: string; order: Order },
  { after, offset }: { readonly after?: string; readonly offset: number },
): Promise<Row[]> {
  const { expression, descending, type } = list.order;
  const direction = descending ? 'DESC' : 'ASC';
  const beyond = after === undefined ? [] : [beyondCursor(list.order, readCursor(after, list.sort))];
  const where = joined([...list.conditions, ...beyond]);
  const { rows } = await db.raw<{ rows: Row[] }>(
    `SELECT ${productColumns}, (${expression})::${type}::text AS sort_value
     FROM products p LEFT JOIN categories c ON c.id = p.category_id
     WHERE ${where.sql}
     ORDER BY ${expression} ${direction}, p.id ${direction} LIMIT :limit OFFSET :offset`,
    // One more than asked for tells whether there is a next page.
    { ...where.values, limit: list.query.limit + 1, offset } as never,
  );
  return rows;
}

function beyondCursor({ expression, descending, type }: Order, cursor: { value: string; id: number }): Condition {
  return {
    sql: `((${expression})::${type}, p.id) ${descending ? '<' : '>'} (:after::${type}, :afterId::int)`,
    values: { after: cursor.value, afterId: cursor.id },
  };
}

async function count(db: Db, conditions: readonly Condition[]): Promise<number> {
  const where = joined(conditions);
  const { rows } = await db.raw<{ rows: { total: number }[] }>(
    `SELECT count(*)::int AS total FROM products p WHERE ${where.sql}`,
    where.values as never,
  );
  return rows[0]?.total ?? 0;
}

function pageOf(rows: readonly Row[], limit: number, sort: string) {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const more = rows.length > limit && last !== undefined;
  return {
    items: shown.map(productAnswer),
    limit,
    next_cursor: more ? writeCursor({ sort, value: last.sort_value, id: last.id }) : null,
  };
}

function invalid(pointer: string, detail: string): DomainError {
  return new DomainError('request.invalid', 'The request is not valid.', {
    errors: [{ pointer, code: 'invalid', detail }],
  });
}
