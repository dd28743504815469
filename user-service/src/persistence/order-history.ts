import type { Trx } from '@sagacity/chassis/db/database';

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
export async function saveHistory(trx: Trx, row: HistoryRow): Promise<void> {
  await trx('order_history')
    .insert(row)
    .onConflict('order_id')
    .merge(['status', 'total_amount', 'currency', 'item_count', 'version', 'updated_at'])
    .where('order_history.version', '<', row.version);
}
