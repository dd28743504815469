import type { Db } from '@sagacity/chassis/db/database';
import type { SagaFacets } from '../contract/saga-list.ts';

type Rows = ReturnType<Db['queryBuilder']>;

/** Facet by the column that it counts. */
const columns = {
  type: 'type',
  state: 'state',
  last_error_code: 'error_code',
  attention_code: 'attention',
  retrying: 'retrying',
} as const;

/** Counts the values of the sagas that the filter leaves: one pass for the columns, one for the steps they are at. */
export async function countFacets(db: Db, filter: (sagas: Rows) => Rows): Promise<SagaFacets> {
  const names = Object.keys(columns);
  const sets = names.map(() => '(??)').join(', ');
  const [rows, steps]: [Record<string, unknown>[], { value: string; count: number }[]] = await Promise.all([
    filter(db('sagas')).select(names).count({ count: '*' }).groupByRaw(`GROUPING SETS (${sets})`, names),
    filter(db('sagas'))
      .select(db.raw('unnest(current_steps) AS value'))
      .count({ count: '*' })
      .groupBy('value')
      .orderBy([{ column: 'count', order: 'desc' }, 'value']),
  ]);
  const facets = Object.entries(columns).map(([column, name]) => [name, valuesOf(rows, column)]);
  return { ...(Object.fromEntries(facets) as Omit<SagaFacets, 'step'>), step: steps };
}

/** In a grouping set the columns of the other sets are null, and so are sagas without a value, which no facet shows. */
function valuesOf(rows: readonly Record<string, unknown>[], column: string): { value: string; count: number }[] {
  return rows
    .filter((row) => row[column] !== null)
    .map((row) => ({ value: String(row[column]), count: row.count as number }))
    .sort((a, b) => b.count - a.count || a.value.localeCompare(b.value));
}
