import type { Db, Trx } from '@sagacity/chassis/db/database';

export interface KeyScope {
  readonly userId: number;
  readonly route: string;
  readonly key: string;
}

export interface StoredAnswer {
  readonly fingerprint: string;
  readonly orderId: number;
  readonly answer: object;
}

/** What was answered to this key, if its work was committed. */
export async function findStoredAnswer(db: Db | Trx, scope: KeyScope): Promise<StoredAnswer | undefined> {
  const row = await db('idempotency_keys')
    .where({ user_id: scope.userId, route: scope.route, key: scope.key })
    .first('fingerprint', 'order_id as orderId', 'answer');
  return row as StoredAnswer | undefined;
}

/** Claims the key with its answer; false when another transaction has committed it first. It waits for one that is under way. */
export async function insertStoredAnswer(trx: Trx, scope: KeyScope, stored: StoredAnswer): Promise<boolean> {
  const { rowCount } = await trx.raw<{ rowCount: number }>(
    `INSERT INTO idempotency_keys (user_id, route, key, fingerprint, order_id, answer)
     VALUES (?, ?, ?, ?, ?, ?::jsonb) ON CONFLICT DO NOTHING`,
    [scope.userId, scope.route, scope.key, stored.fingerprint, stored.orderId, JSON.stringify(stored.answer)],
  );
  return rowCount === 1;
}

/** True when a claim of this key is under way; never waits. */
export async function tryLockKey(trx: Trx, scope: KeyScope): Promise<boolean> {
  const { rows } = await trx.raw<{ rows: { free: boolean }[] }>(
    'SELECT pg_try_advisory_xact_lock(hashtextextended(?, 0)) AS free',
    [`${scope.userId} ${scope.route} ${scope.key}`],
  );
  return rows[0]?.free ?? false;
}

/** Forgets keys older than 72 hours; returns how many. */
export async function deleteExpiredKeys(db: Db): Promise<number> {
  const { rowCount } = await db.raw<{ rowCount: number }>(
    `DELETE FROM idempotency_keys WHERE ctid = ANY(ARRAY(
       SELECT ctid FROM idempotency_keys WHERE created_at < now() - interval '72 hours' LIMIT 5000))`,
  );
  return rowCount;
}
