import type { Db } from '../db/database.ts';
import { DomainError } from '../errors/domain-error.ts';
import type { ListAnswer, ListQuery } from './list-schemas.ts';

type Rows = ReturnType<Db['queryBuilder']>;

export interface NewestFirst<R, T> {
  /** The rows to list, filtered but neither sorted nor limited. */
  readonly rows: Rows;
  readonly columns: readonly string[];
  /** A unique integer column by which the list is sorted, the highest first. */
  readonly idColumn: string;
  readonly idOf: (row: R) => number;
  readonly toItem: (row: R) => T;
}

/** Reads a list by page, with totals, or from a cursor on, at the same cost however deep; throws `request.invalid` for a cursor that no answer gave. */
export async function listNewestFirst<R, T>(query: ListQuery, list: NewestFirst<R, T>): Promise<ListAnswer<T>> {
  const { limit, cursor } = query;
  if (cursor !== undefined && query.page !== undefined) throw invalidCursor('cannot be combined with page');
  const sorted = list.rows.clone().select(list.columns).orderBy(list.idColumn, 'desc');
  // One row more than asked for tells whether there is a next page.
  const limited = sorted.limit(limit + 1);
  if (cursor !== undefined) {
    const rows: readonly R[] = await limited.where(list.idColumn, '<', readCursor(cursor));
    return { ...window(rows, limit, list), page: null, total: null, pages: null };
  }
  const page = query.page ?? 1;
  const [rows, counted]: [readonly R[], { count?: string | number } | undefined] = await Promise.all([
    limited.offset((page - 1) * limit),
    list.rows.clone().count({ count: '*' }).first(),
  ]);
  const total = Number(counted?.count ?? 0);
  return { ...window(rows, limit, list), page, total, pages: Math.ceil(total / limit) };
}

function window<R, T>(rows: readonly R[], limit: number, { idOf, toItem }: NewestFirst<R, T>) {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { items: shown.map(toItem), limit, next_cursor: more ? writeCursor(idOf(last)) : null };
}

function writeCursor(id: number): string {
  return Buffer.from(String(id)).toString('base64url');
}

function readCursor(cursor: string): number {
  const text = Buffer.from(cursor, 'base64url').toString();
  const id = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(id)) throw invalidCursor('was not given by this list');
  return id;
}

function invalidCursor(detail: string): DomainError {
  return new DomainError('request.invalid', 'The request is not valid.', {
    errors: [{ pointer: '/query/cursor', code: 'cursor', detail }],
  });
}
