import { createHash } from 'node:crypto';
import type { Db, Trx } from '@sagacity/chassis/db/database';
import { inTransaction } from '@sagacity/chassis/db/transaction';
import { DomainError } from '@sagacity/chassis/errors/domain-error';
import { type Payment, refundableCents } from '../domain/payment.ts';
import { lockPayment } from '../persistence/payments.ts';
import { findRefundByKey, insertRefund, type StoredRefund } from '../persistence/refunds.ts';
import { type PaymentDeps, writeContext } from './deps.ts';
import { openNextAttempt } from './open-next-attempt.ts';

export interface RefundRequest {
  readonly paymentId: number;
  /** All that is left when undefined. */
  readonly amountCents: number | undefined;
  readonly reason: string;
  readonly requestedBy: number;
  /** The same key asks for the same refund, however often it is sent. */
  readonly key: string;
  readonly traceparent: string;
}

const longestPlainKey = 200;

/** Asks for a refund of what was captured, once per key; the provider is called after the commit. */
export async function requestRefund(
  deps: PaymentDeps & { readonly db: Db },
  request: RefundRequest,
): Promise<{ readonly refundId: number; readonly replayed: boolean }> {
  const idempotencyKey = `user-${request.requestedBy}:payment-${request.paymentId}:${shortened(request.key)}`;
  return inTransaction(deps.db, async (trx) => {
    const payment = await lockPayment(trx, request.paymentId);
    const known = await findRefundByKey(trx, idempotencyKey);
    if (known) return { refundId: sameRequest(known, request).id, replayed: true };
    const refund = await insertRefund(trx, {
      paymentId: payment.id,
      amountCents: amountOf(payment, request),
      idempotencyKey,
      requestedBy: `user-${request.requestedBy}`,
      reason: request.reason,
    });
    await start(trx, deps, payment, refund, request.traceparent);
    return { refundId: refund.id, replayed: false };
  });
}

/** Providers take keys of 255 characters at most, and ours says whose it is besides. */
function shortened(key: string): string {
  return key.length <= longestPlainKey ? key : createHash('sha256').update(key).digest('hex');
}

function amountOf(payment: Payment, { amountCents }: RefundRequest): number {
  if (payment.state !== 'captured' && payment.state !== 'partially_refunded') {
    throw new DomainError('payment.not_refundable', `A payment that is ${payment.state} cannot be refunded.`);
  }
  const left = refundableCents(payment);
  if (left <= 0) throw new DomainError('payment.refund_exceeds_captured', 'All that was captured is refunded already.');
  return amountCents ?? left;
}

async function start(trx: Trx, deps: PaymentDeps, payment: Payment, refund: StoredRefund, traceparent: string) {
  const refundingCents = payment.refundingCents + refund.amountCents;
  const context = writeContext({ correlationId: `order-${payment.orderId}`, traceparent });
  await openNextAttempt(trx, deps, { ...payment, refundingCents }, context);
}

function sameRequest(known: StoredRefund, { amountCents }: RefundRequest): StoredRefund {
  if (amountCents === undefined || amountCents === known.amountCents) return known;
  throw new DomainError('idempotency.key_reused', 'This key was used for another refund.');
}
