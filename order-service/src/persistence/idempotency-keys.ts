import type { Db, Trx } from '@sagacity/chassis/db/database';
import { plannedAsFew } from '@sagacity/chassis/db/prepared-statements';
import { runSql } from '@sagacity/chassis/db/run-sql';
import { together } from '@sagacity/chassis/db/together';

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
export async function findStoredAnswer(db: Db, scope: KeyScope): Promise<StoredAnswer | undefined> {
  const [stored] = await findStoredAnswers(db, [scope]);
  return stored;
}

/** The same, asked in a transaction. */
export const findStoredAnswerAgain = together(findStoredAnswers);

/** True when the key is the transaction's until it ends, false when a claim of it is under way in another one; never waits. */
export const tryLockKey = together(async (trx, scopes: readonly KeyScope[]): Promise<readonly boolean[]> => {
  const { rows } = await runSql<{ free: boolean }>(
    trx,
    `SELECT pg_try_advisory_xact_lock(hashtextextended(name, 0)) AS free
     FROM unnest(?::text[]) WITH ORDINALITY AS given(name, position) ORDER BY position`,
    [scopes.map(nameOf)],
  );
  return rows.map(({ free }) => free);
});

export interface AnsweredKey extends KeyScope {
  readonly stored: StoredAnswer;
}

/** Claims the key with its answer; false when it has been claimed before. It waits for a transaction that is claiming it. */
export const insertStoredAnswer = together(async (trx, keys: readonly AnsweredKey[]): Promise<readonly boolean[]> => {
  const { rows } = await runSql<KeyScope>(
    trx,
    `INSERT INTO idempotency_keys (user_id, route, key, fingerprint, order_id, answer)
       SELECT "userId", route, key, stored ->> 'fingerprint', (stored ->> 'orderId')::int, stored -> 'answer'
       FROM json_to_recordset(?::json) AS given("userId" int, route text, key text, stored jsonb)
       ORDER BY "userId", route, key ON CONFLICT DO NOTHING
       RETURNING user_id AS "userId", route, key`,
    [JSON.stringify(keys)],
  );
  const inserted = new Set(rows.map(nameOf));
  return keys.map((key) => inserted.has(nameOf(key)));
}, nameOf);

async function findStoredAnswers(
  db: Db | Trx,
  scopes: readonly KeyScope[],
): Promise<readonly (StoredAnswer | undefined)[]> {
  const { rows } = await runSql<KeyScope & StoredAnswer>(
    db,
    `SELECT k.user_id AS "userId", k.route, k.key, k.fingerprint, k.order_id AS "orderId", k.answer
     FROM (SELECT * FROM unnest(?::int[], ?::text[], ?::text[]) AS scope(user_id, route, key) ${plannedAsFew}) AS given
       JOIN idempotency_keys AS k USING (user_id, route, key)`,
    [scopes.map(({ userId }) => userId), scopes.map(({ route }) => route), scopes.map(({ key }) => key)],
  );
  const found = new Map(rows.map((row) => [nameOf(row), row]));
  return scopes.map((scope) => found.get(nameOf(scope)));
}

function nameOf({ userId, route, key }: KeyScope): string {
  return `${userId} ${route} ${key}`;
}

/** Forgets keys older than 72 hours; returns how many. */
export async function deleteExpiredKeys(db: Db): Promise<number> {
  const { rowCount } = await runSql(
    db,
    `DELETE FROM idempotency_keys WHERE ctid = ANY(ARRAY(
       SELECT ctid FROM idempotency_keys WHERE created_at < now() - interval '72 hours' LIMIT 5000))`,
  );
  return rowCount;
}
