import type { Trx } from '@sagacity/chassis/db/database';
import { runSql } from '@sagacity/chassis/db/run-sql';
import { violatedConstraint } from '@sagacity/chassis/db/transaction';
import { DomainError } from '@sagacity/chassis/errors/domain-error';
import type { Refund } from '../domain/payment.ts';

export interface NewRefund {
  readonly paymentId: number;
  readonly amountCents: number;
  readonly idempotencyKey: string;
  readonly requestedBy: string;
  readonly reason: string | null;
}

export interface StoredRefund extends Refund {
  readonly paymentId: number;
  readonly state: 'pending' | 'succeeded' | 'failed';
}

const columns = [
  'id',
  'payment_id as paymentId',
  'amount_cents as amountCents',
  'idempotency_key as idempotencyKey',
  'state',
];

/** Inserts a refund; the database refuses one that exceeds what was captured: `payment.refund_exceeds_captured`. */
export async function insertRefund(trx: Trx, refund: NewRefund): Promise<StoredRefund> {
  try {
    const [row] = await trx('refunds').insert(
      {
        payment_id: refund.paymentId,
        amount_cents: refund.amountCents,
        idempotency_key: refund.idempotencyKey,
        requested_by: refund.requestedBy,
        reason: refund.reason,
      },
      columns,
    );
    return row as StoredRefund;
  } catch (error) {
    if (violatedConstraint(error) !== 'payments_refunds_within_captured') throw error;
    throw new DomainError('payment.refund_exceeds_captured', 'Not as much is left of what was captured.', {
      cause: error,
    });
  }
}

export async function findRefundByKey(trx: Trx, idempotencyKey: string): Promise<StoredRefund | undefined> {
  return (await trx('refunds').where({ idempotency_key: idempotencyKey }).first(columns)) as StoredRefund | undefined;
}

/** The oldest refund of a payment that has not been settled. */
export async function findPendingRefund(trx: Trx, paymentId: number): Promise<StoredRefund | undefined> {
  const query = trx('refunds').where({ payment_id: paymentId, state: 'pending' }).orderBy('id');
  return (await query.first(columns)) as StoredRefund | undefined;
}

/** How many refunds there were under keys that begin so. */
export async function countRefunds(trx: Trx, paymentId: number): Promise<number> {
  const { rows } = await runSql<{ count: number }>(
    trx,
    'SELECT count(*)::integer AS count FROM refunds WHERE payment_id = ?',
    [paymentId],
  );
  return rows[0]?.count ?? 0;
}

/** Ends a pending refund, once: the database refuses to settle it again. */
export async function settleRefund(
  trx: Trx,
  id: number,
  { state, errorCode }: { readonly state: 'succeeded' | 'failed'; readonly errorCode: string | null },
): Promise<void> {
  await runSql(trx, 'UPDATE refunds SET state = ?, error_code = ?, settled_at = clock_timestamp() WHERE id = ?', [
    state,
    errorCode,
    id,
  ]);
}
