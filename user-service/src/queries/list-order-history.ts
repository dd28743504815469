import type { Db } from '@sagacity/chassis/db/database';
import type { ListAnswer, ListQuery } from '@sagacity/chassis/lists/list-schemas';
import { listNewestFirst } from '@sagacity/chassis/lists/newest-first';
import { fromCents, toCents } from '@sagacity/chassis/money/cents';
import type { HistoryEntry } from '../contract/order-history.ts';

interface HistoryRow extends Omit<HistoryEntry, 'total_amount' | 'created_at' | 'updated_at'> {
  readonly total_amount: string;
  readonly created_at: Date;
  readonly updated_at: Date;
}

const columns = ['order_id', 'status', 'total_amount', 'currency', 'item_count', 'created_at', 'updated_at'] as const;

/** A user's orders as the events told them, the newest first; what was ordered a moment ago may not be there yet. */
export function listOrderHistory(db: Db, userId: number, query: ListQuery): Promise<ListAnswer<HistoryEntry>> {
  return listNewestFirst<HistoryRow, HistoryEntry>(query, {
    rows: db('order_history').where('user_id', userId),
    columns,
    idColumn: 'order_id',
    idOf: ({ order_id }) => order_id,
    toItem: (row) => ({
      ...row,
      total_amount: fromCents(toCents(row.total_amount)),
      created_at: row.created_at.toISOString(),
      updated_at: row.updated_at.toISOString(),
    }),
  });
}
