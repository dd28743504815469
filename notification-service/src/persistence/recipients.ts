import type { Trx } from '@sagacity/chassis/db/database';
import { runSql } from '@sagacity/chassis/db/run-sql';
import { together } from '@sagacity/chassis/db/together';

export interface Recipient {
  readonly email: string | null;
  readonly name: string;
}

/** Whom to write to; undefined while nobody has told of this user yet. */
export const findRecipient = together(
  async (trx, userIds: readonly number[]): Promise<readonly (Recipient | undefined)[]> => {
    const rows: (Recipient & { user_id: number })[] = await trx('recipients')
      .whereRaw('user_id = ANY(?::int[])', [[...userIds]])
      .select('user_id', 'email', 'name');
    const found = new Map(rows.map((row) => [row.user_id, row]));
    return userIds.map((userId) => found.get(userId));
  },
);

/** Keeps the newest of what is known of a user; an erased one stays erased. */
export async function saveRecipient(
  trx: Trx,
  recipient: { userId: number; email: string; name: string; version: number },
): Promise<void> {
  await runSql(
    trx,
    `INSERT INTO recipients AS r (user_id, email, name, version) VALUES (:userId, :email, :name, :version)
     ON CONFLICT (user_id) DO UPDATE SET email = excluded.email, name = excluded.name, version = excluded.version
     WHERE r.version < excluded.version AND r.erased_at IS NULL`,
    recipient,
  );
}

/** Forgets a user's address and name, and what his mails said. */
export async function eraseRecipient(trx: Trx, userId: number, version: number): Promise<void> {
  await runSql(
    trx,
    `INSERT INTO recipients AS r (user_id, email, name, version, erased_at) VALUES (?, NULL, 'erased', ?, now())
     ON CONFLICT (user_id) DO UPDATE SET email = NULL, name = 'erased', version = excluded.version, erased_at = now()`,
    [userId, version],
  );
  await trx('notifications')
    .where({ user_id: userId })
    .update({ to_address: 'erased', subject: 'erased', body_text: '', body_html: '' });
  await trx('notifications')
    .where({ user_id: userId, state: 'queued' })
    .update({ state: 'failed', last_error: 'user erased' });
}
