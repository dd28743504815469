import type { Db, Trx } from '@sagacity/chassis/db/database';
import { runSql } from '@sagacity/chassis/db/run-sql';

/** Locks sagas whose wake-up has come, by the database's clock, the oldest first; those that another instance works on are left out. */
export async function claimDueSagas(trx: Trx, limit: number): Promise<readonly string[]> {
  const rows: { id: string }[] = await due(trx).orderBy('next_wakeup_at').limit(limit).select('id');
  return rows.map(({ id }) => id);
}

/** Locks one saga if its wake-up has come and nobody works on it. */
export async function claimDueSaga(trx: Trx, id: string): Promise<boolean> {
  const rows: { id: string }[] = await due(trx).where({ id }).select('id');
  return rows.length > 0;
}

/** Moves the wake-up of a saga that could not go on, so that it does not stand in the way of others. */
export async function postponeSaga(db: Db, id: string, byMs: number): Promise<void> {
  await db('sagas')
    .where({ id })
    .whereNotNull('next_wakeup_at')
    .update({ next_wakeup_at: db.raw("clock_timestamp() + ? * interval '1 millisecond'", [byMs]) });
}

/** In how many milliseconds the next wake-up comes, 0 when it has come; undefined when there is none. */
export async function nextWakeupInMs(db: Db): Promise<number | undefined> {
  const { rows } = await runSql<{ wait_ms: number | null }>(
    db,
    `SELECT (extract(epoch FROM min(next_wakeup_at) - clock_timestamp()) * 1000)::float8 AS wait_ms
     FROM sagas WHERE next_wakeup_at IS NOT NULL`,
  );
  const waitMs = rows[0]?.wait_ms ?? undefined;
  return waitMs === undefined ? undefined : Math.max(0, waitMs);
}

function due(trx: Trx) {
  return trx('sagas').where('next_wakeup_at', '<=', trx.raw('clock_timestamp()')).forUpdate().skipLocked();
}
