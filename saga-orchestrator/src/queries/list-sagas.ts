import type { Db } from '@sagacity/chassis/db/database';
import { DomainError } from '@sagacity/chassis/errors/domain-error';
import type { ListSagasQuery, SagaList } from '../contract/saga-list.ts';
import { countFacets } from './count-facets.ts';
import { type SummaryRow, summaryColumns, toSummary } from './saga-summary.ts';

type Rows = ReturnType<Db['queryBuilder']>;

interface Sorting {
  readonly column: 'id' | 'state_entered_at' | 'updated_at';
  readonly order: 'asc' | 'desc';
}

/** Ids are ordered by time, so they sort by creation without an index of their own. Long in a state means entered early. */
const sortings: Readonly<Record<ListSagasQuery['sort'], Sorting>> = {
  '-created_at': { column: 'id', order: 'desc' },
  created_at: { column: 'id', order: 'asc' },
  '-in_state_ms': { column: 'state_entered_at', order: 'asc' },
  in_state_ms: { column: 'state_entered_at', order: 'desc' },
  '-updated_at': { column: 'updated_at', order: 'desc' },
  updated_at: { column: 'updated_at', order: 'asc' },
};

/** Sagas that match all filters; `facets=1` adds how many of them have which value. Throws `request.invalid` for a cursor of another list. */
export async function listSagas(db: Db, query: ListSagasQuery): Promise<SagaList> {
  const sorting = sortings[query.sort];
  const [rows, facets] = await Promise.all([
    page(db, query, sorting),
    query.facets === 1 ? countFacets(db, (sagas) => filter(sagas, query)) : null,
  ]);
  const shown = rows.slice(0, query.limit);
  const last = shown.at(-1);
  const next_cursor = rows.length > query.limit && last ? writeCursor(query.sort, last, sorting) : null;
  return { items: shown.map(toSummary), next_cursor, facets };
}

async function page(db: Db, query: ListSagasQuery, { column, order }: Sorting): Promise<readonly SummaryRow[]> {
  const rows = filter(db('sagas'), query)
    .select(summaryColumns)
    .select(db.raw('clock_timestamp() AS now'))
    .orderBy(column, order)
    .limit(query.limit + 1);
  if (column !== 'id') rows.orderBy('id', order);
  if (query.cursor !== undefined) {
    const { value, id } = readCursor(query.cursor, query.sort);
    const compare = order === 'asc' ? '>' : '<';
    if (column === 'id') rows.where('id', compare, id);
    else rows.whereRaw(`(??, id) ${compare} (?::timestamptz, ?::uuid)`, [column, value, id]);
  }
  return await rows;
}

function filter(sagas: Rows, query: ListSagasQuery): Rows {
  const equal = { type: query.type, state: query.state, order_id: query.order_id, user_id: query.user_id };
  for (const [column, value] of Object.entries(equal)) if (value !== undefined) sagas.where(column, value);
  if (query.error_code !== undefined) sagas.where('last_error_code', query.error_code);
  if (query.step !== undefined) sagas.whereRaw('? = ANY (current_steps)', [query.step]);
  if (query.retrying !== undefined) sagas.where('retrying', query.retrying);
  if (query.attention === true) sagas.whereNotNull('attention_code');
  if (query.attention === false) sagas.whereNull('attention_code');
  if (query.in_state_for_ms !== undefined) {
    const longAgo = `state_entered_at <= clock_timestamp() - ?::float8 * interval '1 millisecond'`;
    sagas.whereRaw(longAgo, [query.in_state_for_ms]);
  }
  if (query.created_from !== undefined) sagas.where('created_at', '>=', query.created_from);
  if (query.created_to !== undefined) sagas.where('created_at', '<', query.created_to);
  return sagas;
}

function writeCursor(sort: string, row: SummaryRow, { column }: Sorting): string {
  const value = column === 'id' ? null : row[column].toISOString();
  return Buffer.from(JSON.stringify([sort, value, row.id])).toString('base64url');
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function readCursor(cursor: string, sort: string): { value: string | null; id: string } {
  try {
    const [of, value, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    const dated = value === null || (typeof value === 'string' && !Number.isNaN(Date.parse(value)));
    if (of === sort && dated && typeof id === 'string' && uuid.test(id)) return { value, id };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new DomainError('request.invalid', 'The request is not valid.', {
    errors: [{ pointer: '/query/cursor', code: 'cursor', detail: 'was not given by this list' }],
  });
}
