import type { Trx } from '../db/database.ts';
import { runSql } from '../db/run-sql.ts';

/**
 * Marks messages as consumed in one statement, and returns the ids of those that were not before.
 * If the transaction rolls back they are unmarked; another transaction that claims one of them waits for this one to end.
 */
export async function claimMessages(trx: Trx, consumer: string, messageIds: readonly string[]): Promise<Set<string>> {
  // In the order of the ids, so that two consumers that claim the same messages wait for each other instead of locking each other out.
  const { rows } = await runSql<{ message_id: string }>(
    trx,
    `INSERT INTO inbox (message_id, consumer)
     SELECT id, ? FROM unnest(?::uuid[]) AS id ORDER BY id
     ON CONFLICT DO NOTHING
     RETURNING message_id`,
    [consumer, [...messageIds]],
  );
  return new Set(rows.map(({ message_id }) => message_id));
}
