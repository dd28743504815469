import type { Trx } from '@sagacity/chassis/db/database';

/**
 * Locks the records of the commands that may be answered when these attempts are settled. A command's record is locked before its
 * payment wherever commands come in; to lock them the other way round here would make a refund that meets an answer a deadlock.
 */
export async function lockWaitingCommands(trx: Trx, attemptIds: readonly number[]): Promise<void> {
  await trx.raw(
    `SELECT FROM processed_commands WHERE state = 'pending' AND idempotency_key = ANY(ARRAY(
       SELECT unnest(p.return_keys || p.idempotency_key || p.capture_key)
       FROM payment_attempts AS a JOIN payments AS p ON p.id = a.payment_id WHERE a.id = ANY(?::bigint[])))
     ORDER BY idempotency_key FOR UPDATE`,
    [[...attemptIds]],
  );
}
