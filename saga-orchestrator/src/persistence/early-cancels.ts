import type { Trx } from '@sagacity/chassis/db/database';
import { runSql } from '@sagacity/chassis/db/run-sql';

/** A request to cancel that came before its saga. */
export interface EarlyCancel {
  readonly saga_id: string;
  readonly order_id: number;
  readonly message_id: string;
  readonly reason: string | null;
}

/** An arbitrary number that keeps these locks apart from others. */
const lockClass = 7_012;

/**
 * Makes transactions that concern the same order run one after the other, until they end. Without it an order's creation and its
 * cancellation, handled at the same moment by two instances, would not see each other, and the cancellation would be lost.
 */
export async function lockOrders(trx: Trx, orderIds: readonly number[]): Promise<void> {
  const sorted = [...new Set(orderIds)].sort((a, b) => a - b);
  await runSql(trx, 'SELECT pg_advisory_xact_lock(?, id) FROM unnest(?::integer[]) AS id', [lockClass, sorted]);
}

export async function insertEarlyCancel(trx: Trx, cancel: EarlyCancel): Promise<void> {
  await trx('early_cancels').insert(cancel).onConflict('saga_id').ignore();
}

export async function findEarlyCancels(trx: Trx, sagaIds: readonly string[]): Promise<readonly EarlyCancel[]> {
  const { rows } = await runSql<EarlyCancel>(
    trx,
    'SELECT saga_id, order_id, message_id, reason FROM early_cancels WHERE saga_id = ANY (?::uuid[])',
    [[...sagaIds]],
  );
  return rows;
}

export async function deleteEarlyCancel(trx: Trx, sagaId: string): Promise<void> {
  await trx('early_cancels').where({ saga_id: sagaId }).delete();
}
