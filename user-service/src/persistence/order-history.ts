import { runSql } from '@sagacity/chassis/db/run-sql';
import { together } from '@sagacity/chassis/db/together';

export interface HistoryRow {
  readonly order_id: number;
  readonly user_id: number;
  readonly status: string;
  readonly total_amount: string;
  readonly currency: string;
  readonly item_count: number;
  readonly version: number;
  readonly created_at: string;
  readonly updated_at: string;
}

/** Keeps the newest state of an order: a row that is not newer than the one there changes nothing, so neither order nor number of arrivals matters. */
export const saveHistory = together(
  async (trx, rows: readonly HistoryRow[]): Promise<readonly HistoryRow[]> => {
    await runSql(
      trx,
      `INSERT INTO order_history AS h (order_id, user_id, status, total_amount, currency, item_count, version, created_at, updated_at)
       SELECT order_id, user_id, status, total_amount, currency, item_count, version, created_at, updated_at
       FROM json_to_recordset(?::json) AS given(order_id int, user_id int, status text, total_amount numeric, currency text,
         item_count int, version int, created_at timestamptz, updated_at timestamptz)
       ORDER BY order_id
       ON CONFLICT (order_id) DO UPDATE SET status = excluded.status, total_amount = excluded.total_amount,
         currency = excluded.currency, item_count = excluded.item_count, version = excluded.version, updated_at = excluded.updated_at
       WHERE h.version < excluded.version`,
      [JSON.stringify(rows)],
    );
    return rows;
  },
  ({ order_id }) => order_id,
);
