import type { Db } from '@sagacity/chassis/db/database';
import { runSql } from '@sagacity/chassis/db/run-sql';

/** Revocations of which the gateways must know, since access tokens of those sessions may still be good: sessions revoked in the last 11 minutes. */
const stillMatters = `revoked_at > now() - interval '660 seconds'`;

/** Sessions whose revocation has not been announced yet, the oldest first, at most 1,000. */
export async function findUnannounced(db: Db): Promise<string[]> {
  const { rows } = await runSql<{ sid: string }>(
    db,
    `SELECT sid FROM sessions WHERE announced_at IS NULL AND ${stillMatters} ORDER BY revoked_at LIMIT 1000`,
  );
  return rows.map(({ sid }) => sid);
}

/** Forgets which revocations were announced, for when the place where they were announced has lost them. */
export async function forgetAnnouncements(db: Db): Promise<void> {
  await runSql(db, `UPDATE sessions SET announced_at = NULL WHERE announced_at IS NOT NULL AND ${stillMatters}`);
}

export async function markAnnounced(db: Db, sids: readonly string[]): Promise<void> {
  await db('sessions').whereIn('sid', sids).update({ announced_at: db.fn.now() });
}
