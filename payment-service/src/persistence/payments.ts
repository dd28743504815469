import type { Trx } from '@sagacity/chassis/db/database';
import { plannedAsFew } from '@sagacity/chassis/db/prepared-statements';
import { runSql } from '@sagacity/chassis/db/run-sql';
import { together } from '@sagacity/chassis/db/together';
import { DomainError } from '@sagacity/chassis/errors/domain-error';
import type { Payment } from '../domain/payment.ts';

export interface NewCharge {
  readonly orderId: number;
  readonly userId: number;
  readonly amountCents: number;
  readonly currency: string;
  readonly provider: string;
  readonly methodToken: string;
  readonly idempotencyKey: string;
  readonly providerKey: string;
  /** The context of the messages that follow, serialised. */
  readonly context: string;
  /** For how long nobody but the opener may call the provider. */
  readonly leaseMs: number;
}

/** The columns of a payment under the names of its type. */
export const paymentColumns = `p.id, p.order_id AS "orderId", p.user_id AS "userId", p.amount_cents AS "amountCents", p.currency,
  p.provider, p.method_token AS "methodToken", p.idempotency_key AS "idempotencyKey", p.state,
  p.provider_reference AS "providerReference", p.failure_code AS "failureCode", p.captured_cents AS "capturedCents",
  p.refunding_cents AS "refundingCents", p.refunded_cents AS "refundedCents", p.capture_key AS "captureKey",
  p.return_requested AS "returnRequested", p.return_keys AS "returnKeys", p.version`;

interface InsertedCharge {
  readonly paymentId: number;
  readonly attemptId: number;
}

/**
 * Inserts a payment and the attempt to authorise it, already leased to the caller.
 * Undefined, and nothing written, when the order has an active payment or the key was used.
 */
export const insertCharge = together(
  async (trx, charges: readonly NewCharge[]): Promise<readonly (InsertedCharge | undefined)[]> => {
    const { rows } = await runSql<InsertedCharge & { providerKey: string }>(
      trx,
      `WITH given AS (
         SELECT * FROM json_to_recordset(?::json) AS given("orderId" int, "userId" int, "amountCents" bigint, currency text,
           provider text, "methodToken" text, "idempotencyKey" text, "providerKey" text, context text, "leaseMs" int)
       ), payment AS (
         INSERT INTO payments (order_id, user_id, amount_cents, currency, provider, method_token, idempotency_key, state)
         SELECT "orderId", "userId", "amountCents", currency, provider, "methodToken", "idempotencyKey", 'created'
         FROM given ORDER BY "orderId"
         ON CONFLICT DO NOTHING RETURNING id, amount_cents, idempotency_key
       )
       INSERT INTO payment_attempts (payment_id, operation, amount_cents, provider_key, context, calls, next_attempt_at)
       SELECT id, 'authorise', amount_cents, "providerKey", context, 1, clock_timestamp() + "leaseMs" * interval '1 millisecond'
       FROM payment JOIN given ON "idempotencyKey" = idempotency_key
       RETURNING payment_id AS "paymentId", id AS "attemptId", provider_key AS "providerKey"`,
      [JSON.stringify(charges)],
    );
    const inserted = new Map(rows.map((row) => [row.providerKey, row]));
    return charges.map(({ providerKey }) => inserted.get(providerKey));
  },
  ({ idempotencyKey }) => idempotencyKey,
);

export interface FirstCapture {
  readonly payment: Payment;
  readonly providerKey: string;
  readonly context: string;
  readonly leaseMs: number;
}

/** Saves that a locked, untouched hold is to be captured, and inserts the attempt, leased to the caller; returns its id. */
export const saveFirstCapture = together(
  async (trx, captures: readonly FirstCapture[]): Promise<readonly number[]> => {
    const given = captures.map(({ payment: { id, captureKey, version }, ...attempt }) => {
      return { id, captureKey, version, ...attempt };
    });
    const { rows } = await runSql<{ id: number; paymentId: number }>(
      trx,
      `WITH given AS (
         SELECT * FROM json_to_recordset(?::json) AS given(id bigint, "captureKey" text, version int, "providerKey" text,
           context text, "leaseMs" int) ${plannedAsFew}
       ), payment AS (
         UPDATE payments AS p SET capture_key = "captureKey", version = given.version, updated_at = clock_timestamp()
         FROM given WHERE p.id = given.id RETURNING p.id, amount_cents
       )
       INSERT INTO payment_attempts (payment_id, operation, amount_cents, provider_key, context, calls, next_attempt_at)
       SELECT id, 'capture', amount_cents, "providerKey", context, 1, clock_timestamp() + "leaseMs" * interval '1 millisecond'
       FROM payment JOIN given USING (id) RETURNING id, payment_id AS "paymentId"`,
      [JSON.stringify(given)],
    );
    const inserted = new Map(rows.map(({ id, paymentId }) => [paymentId, id]));
    return captures.map(({ payment }) => inserted.get(payment.id) as number);
  },
  ({ payment }) => payment.id,
);

/** The payment made under that key of a charge command. */
export async function findPaymentByKey(trx: Trx, idempotencyKey: string): Promise<Payment | undefined> {
  const { rows } = await runSql<Payment>(trx, `SELECT ${paymentColumns} FROM payments AS p WHERE idempotency_key = ?`, [
    idempotencyKey,
  ]);
  return rows[0];
}

/** Locks the payment that counts for an order: the one that may still hold money, or else the latest. */
export const lockPaymentOfOrder = together(
  async (trx, orderIds: readonly number[]): Promise<readonly (Payment | undefined)[]> => {
    const { rows } = await runSql<Payment>(
      trx,
      `SELECT ${paymentColumns}
       FROM (SELECT * FROM unnest(?::int[]) AS given_id ${plannedAsFew}) AS given
       CROSS JOIN LATERAL (
         SELECT id FROM payments WHERE order_id = given_id
         ORDER BY state IN ('refunded', 'voided', 'failed'), state = 'orphaned', id DESC LIMIT 1
       ) AS counting
       JOIN payments AS p ON p.id = counting.id
       ORDER BY p.id FOR UPDATE OF p`,
      [[...orderIds]],
    );
    const found = new Map(rows.map((row) => [row.orderId, row]));
    return orderIds.map((orderId) => found.get(orderId));
  },
);

/** Locks a payment; throws `payment.not_found`. */
export async function lockPayment(trx: Trx, id: number): Promise<Payment> {
  const { rows } = await runSql<Payment>(trx, `SELECT ${paymentColumns} FROM payments AS p WHERE id = ? FOR UPDATE`, [
    id,
  ]);
  if (!rows[0]) throw paymentNotFound();
  return rows[0];
}

/** Locks the payments of these attempts in the order of their ids, so that two batches cannot wait for each other. */
export async function lockPaymentsOfAttempts(trx: Trx, attemptIds: readonly number[]): Promise<readonly Payment[]> {
  const { rows } = await runSql<Payment>(
    trx,
    `SELECT ${paymentColumns} FROM payments AS p
     WHERE id IN (
       SELECT payment_id FROM (SELECT * FROM unnest(?::bigint[]) AS attempt_id ${plannedAsFew}) AS given
         JOIN payment_attempts AS a ON a.id = attempt_id
     ) ORDER BY id FOR UPDATE`,
    [[...attemptIds]],
  );
  return rows;
}

/** Saves payments that were locked before. The sums of refunds are not written: the database keeps them. */
export async function savePayments(trx: Trx, payments: readonly Payment[]): Promise<void> {
  if (payments.length === 0) return;
  await runSql(
    trx,
    `UPDATE payments AS p SET state = n.state, provider_reference = n."providerReference", failure_code = n."failureCode",
       captured_cents = n."capturedCents", capture_key = n."captureKey", return_requested = n."returnRequested",
       return_keys = ARRAY(SELECT json_array_elements_text(n."returnKeys")), version = n.version,
       updated_at = clock_timestamp()
     FROM (SELECT * FROM json_to_recordset(?::json) AS given (id bigint, state text, "providerReference" text,
       "failureCode" text, "capturedCents" bigint, "captureKey" text, "returnRequested" boolean, "returnKeys" json,
       version integer) ${plannedAsFew}) AS n
     WHERE p.id = n.id`,
    [JSON.stringify(payments)],
  );
}

export function paymentNotFound(): DomainError {
  return new DomainError('payment.not_found', 'There is no such payment.');
}
