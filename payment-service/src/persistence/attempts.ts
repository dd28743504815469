import type { Db, Trx } from '@sagacity/chassis/db/database';
import { plannedAsFew } from '@sagacity/chassis/db/prepared-statements';
import { runSql } from '@sagacity/chassis/db/run-sql';
import type { Attempt, Operation } from '../domain/payment.ts';

/** What is needed to call the provider for an attempt. */
export interface AttemptCall {
  readonly attemptId: number;
  readonly operation: Operation;
  readonly provider: string;
  readonly providerKey: string;
  readonly orderId: number;
  readonly methodToken: string;
  readonly reference: string | null;
  readonly amountCents: number;
  readonly currency: string;
}

export interface NewAttempt {
  readonly paymentId: number;
  readonly operation: Operation;
  readonly refundId: number | null;
  readonly amountCents: number;
  /** The provider's key is this, the operation and the number of the attempt. */
  readonly keyBase: string;
  readonly context: string;
}

export interface StoredAttempt extends Attempt {
  readonly context: string;
}

const columns = `a.id, a.payment_id AS "paymentId", a.operation, a.refund_id AS "refundId", a.amount_cents AS "amountCents",
  a.provider_key AS "providerKey", a.state, a.calls, a.error_code AS "errorCode", a.error_detail AS "errorDetail", a.context`;

/** The attempts of these ids; their payments must be locked before they are changed. */
export async function findAttempts(trx: Trx, ids: readonly number[]): Promise<readonly StoredAttempt[]> {
  const { rows } = await runSql<StoredAttempt>(
    trx,
    `SELECT ${columns} FROM (SELECT * FROM unnest(?::bigint[]) AS attempt_id ${plannedAsFew}) AS given
       JOIN payment_attempts AS a ON a.id = attempt_id`,
    [[...ids]],
  );
  return rows;
}

/** The attempt that was sent to the provider under this key. */
export async function findAttemptByProviderKey(
  trx: Trx,
  provider: string,
  providerKey: string,
): Promise<{ readonly id: number; readonly paymentId: number } | undefined> {
  const { rows } = await runSql<{ id: number; paymentId: number }>(
    trx,
    `SELECT a.id, a.payment_id AS "paymentId" FROM payment_attempts AS a JOIN payments AS p ON p.id = a.payment_id
     WHERE a.provider_key = ? AND p.provider = ?`,
    [providerKey, provider],
  );
  return rows[0];
}

/** Saves attempts; an open one is due again after its delay in milliseconds, by the database's clock. */
export async function saveAttempts(
  trx: Trx,
  attempts: readonly { readonly attempt: Attempt; readonly againInMs: number }[],
): Promise<void> {
  if (attempts.length === 0) return;
  const rows = attempts.map(({ attempt: { id, state, errorCode, errorDetail }, againInMs }) => {
    return { id, state, errorCode, errorDetail, againInMs };
  });
  await runSql(
    trx,
    `UPDATE payment_attempts AS a SET state = n.state, error_code = n."errorCode", error_detail = n."errorDetail",
       settled_at = CASE WHEN n.state IN ('succeeded', 'refused') THEN clock_timestamp() END,
       next_attempt_at = CASE WHEN n.state IN ('pending', 'unknown')
         THEN clock_timestamp() + n."againInMs" * interval '1 millisecond' END
     FROM (SELECT * FROM json_to_recordset(?::json)
       AS given (id bigint, state text, "errorCode" text, "errorDetail" text, "againInMs" integer) ${plannedAsFew}) AS n
     WHERE a.id = n.id`,
    [JSON.stringify(rows)],
  );
}

/** Inserts the next attempt of a payment that is locked, leased to the caller or due later; the unique index refuses a second open one. */
export async function insertAttempt(
  trx: Trx,
  attempt: NewAttempt,
  { number, dueInMs, calls }: { readonly number: number; readonly dueInMs: number; readonly calls: number },
): Promise<{ readonly id: number; readonly providerKey: string }> {
  const providerKey = `${attempt.keyBase}:${attempt.operation}:${number}`;
  const { rows } = await runSql<{ id: number }>(
    trx,
    `INSERT INTO payment_attempts
       (payment_id, operation, refund_id, amount_cents, provider_key, context, calls, next_attempt_at)
     VALUES (:paymentId, :operation, :refundId, :amountCents, :providerKey, :context, :calls,
       clock_timestamp() + CAST(:dueInMs AS integer) * interval '1 millisecond')
     RETURNING id`,
    { ...attempt, providerKey, dueInMs, calls },
  );
  return { id: (rows[0] as { id: number }).id, providerKey };
}

export interface AttemptCounts {
  /** True while an attempt is not settled. */
  readonly open: boolean;
  readonly of: (operation: Operation) => { readonly count: number; readonly refused: number };
}

/** What a payment's attempts say about its progress. */
export async function countAttempts(trx: Trx, paymentId: number): Promise<AttemptCounts> {
  const { rows } = await runSql<{ operation: Operation; count: number; refused: number; open: boolean }>(
    trx,
    `SELECT operation, count(*)::integer AS count, (count(*) FILTER (WHERE state = 'refused'))::integer AS refused,
       bool_or(settled_at IS NULL) AS open
     FROM payment_attempts WHERE payment_id = ? GROUP BY operation`,
    [paymentId],
  );
  return {
    open: rows.some(({ open }) => open),
    of: (operation) => rows.find((row) => row.operation === operation) ?? { count: 0, refused: 0 },
  };
}

/**
 * Claims attempts that are due, the longest waiting first, for the time of the lease: until it is over no other process claims them.
 * Rows that another process is claiming are skipped. Not in a transaction: the claim is committed before the provider is asked.
 */
export async function claimDueAttempts(
  db: Db,
  { limit, leaseMs }: { readonly limit: number; readonly leaseMs: number },
): Promise<readonly AttemptCall[]> {
  const { rows } = await runSql<AttemptCall>(
    db,
    `WITH due AS (
       SELECT id FROM payment_attempts
       WHERE state IN ('pending', 'unknown') AND next_attempt_at <= clock_timestamp()
       ORDER BY next_attempt_at LIMIT :limit FOR UPDATE SKIP LOCKED
     ), claimed AS (
       UPDATE payment_attempts AS a SET calls = a.calls + 1,
         next_attempt_at = clock_timestamp() + CAST(:leaseMs AS integer) * interval '1 millisecond'
       FROM due WHERE a.id = due.id
       RETURNING a.*
     )
     SELECT c.id AS "attemptId", c.operation, p.provider, c.provider_key AS "providerKey", p.order_id AS "orderId",
       p.method_token AS "methodToken", p.provider_reference AS reference, c.amount_cents AS "amountCents", p.currency
     FROM claimed AS c JOIN payments AS p ON p.id = c.payment_id`,
    { limit, leaseMs },
  );
  return rows;
}
