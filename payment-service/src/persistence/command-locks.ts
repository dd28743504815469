import type { Trx } from '@sagacity/chassis/db/database';
import { plannedAsFew } from '@sagacity/chassis/db/prepared-statements';
import { runSql } from '@sagacity/chassis/db/run-sql';

/**
 * Locks the records of the commands that may be answered when these attempts are settled. A command's record is locked before its
 * payment wherever commands come in; to lock them the other way round here would make a refund that meets an answer a deadlock.
 */
export async function lockWaitingCommands(trx: Trx, attemptIds: readonly number[]): Promise<void> {
  await runSql(
    trx,
    `SELECT FROM (
       SELECT DISTINCT unnest(p.return_keys || p.idempotency_key || p.capture_key) AS key
       FROM (SELECT * FROM unnest(?::bigint[]) AS attempt_id ${plannedAsFew}) AS given
         JOIN payment_attempts AS a ON a.id = attempt_id JOIN payments AS p ON p.id = a.payment_id ${plannedAsFew}
     ) AS waiting JOIN processed_commands ON idempotency_key = waiting.key
     WHERE state = 'pending' ORDER BY idempotency_key FOR UPDATE OF processed_commands`,
    [[...attemptIds]],
  );
}
