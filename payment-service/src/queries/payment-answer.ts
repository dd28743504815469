import type { Db } from '@sagacity/chassis/db/database';
import { fromCents } from '@sagacity/chassis/money/cents';
import type { PaymentAnswer, RefundAnswer } from '../contract/http.ts';

export interface PaymentRow {
  readonly id: number;
  readonly order_id: number;
  readonly user_id: number;
  readonly amount_cents: number;
  readonly currency: string;
  readonly provider: string;
  readonly state: PaymentAnswer['state'];
  readonly failure_code: string | null;
  readonly provider_reference: string | null;
  readonly captured_cents: number;
  readonly refunded_cents: number;
  readonly version: number;
  readonly created_at: Date;
  readonly updated_at: Date;
}

type AttemptAnswer = PaymentAnswer['attempts'][number];

interface AttemptRow {
  readonly id: number;
  readonly payment_id: number;
  readonly operation: AttemptAnswer['operation'];
  readonly state: AttemptAnswer['state'];
  readonly amount_cents: number;
  readonly calls: number;
  readonly error_code: string | null;
  readonly created_at: Date;
  readonly settled_at: Date | null;
}

export interface RefundRow {
  readonly id: number;
  readonly payment_id: number;
  readonly amount_cents: number;
  readonly state: RefundAnswer['state'];
  readonly reason: string | null;
  readonly error_code: string | null;
  readonly created_at: Date;
  readonly settled_at: Date | null;
}

/** Payments in the shape of their answers, with their attempts, captures and refunds; two queries, however many payments. */
export async function answersOf(db: Db, payments: readonly PaymentRow[]): Promise<readonly PaymentAnswer[]> {
  if (payments.length === 0) return [];
  const ids = payments.map(({ id }) => id);
  const [attempts, refunds]: [AttemptRow[], RefundRow[]] = await Promise.all([
    db('payment_attempts').whereIn('payment_id', ids).orderBy('id'),
    db('refunds').whereIn('payment_id', ids).orderBy('id'),
  ]);
  return payments.map((payment) =>
    toPayment(
      payment,
      attempts.filter(({ payment_id }) => payment_id === payment.id),
      refunds.filter(({ payment_id }) => payment_id === payment.id),
    ),
  );
}

/** Grows with everything that the answer shows: also with requests to the provider, which leave the payment's own version as it is. */
export function revisionOf({ version, attempts, refunds }: PaymentAnswer): number {
  const settled = [...attempts, ...refunds].filter(({ settled_at }) => settled_at !== null).length;
  const calls = attempts.reduce((sum, attempt) => sum + attempt.calls, 0);
  return version + attempts.length + refunds.length + settled + calls;
}

export function toRefund(row: RefundRow): RefundAnswer {
  return {
    id: row.id,
    payment_id: row.payment_id,
    amount: fromCents(row.amount_cents),
    state: row.state,
    reason: row.reason,
    error_code: row.error_code,
    created_at: row.created_at.toISOString(),
    settled_at: row.settled_at?.toISOString() ?? null,
  };
}

function toPayment(row: PaymentRow, attempts: readonly AttemptRow[], refunds: readonly RefundRow[]): PaymentAnswer {
  return {
    id: row.id,
    order_id: row.order_id,
    user_id: row.user_id,
    amount: fromCents(row.amount_cents),
    currency: row.currency,
    provider: row.provider,
    state: row.state,
    failure_code: row.failure_code,
    provider_reference: row.provider_reference,
    attention: attentionOf(attempts),
    captured_amount: fromCents(row.captured_cents),
    refunded_amount: fromCents(row.refunded_cents),
    version: row.version,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
    attempts: attempts.map(toAttempt),
    captures: attempts
      .filter(({ operation, state }) => operation === 'capture' && state === 'succeeded')
      .map(toCapture),
    refunds: refunds.map(toRefund),
  };
}

function toAttempt(row: AttemptRow): AttemptAnswer {
  return {
    id: row.id,
    operation: row.operation,
    state: row.state,
    amount: fromCents(row.amount_cents),
    calls: row.calls,
    error_code: row.error_code,
    created_at: row.created_at.toISOString(),
    settled_at: row.settled_at?.toISOString() ?? null,
  };
}

function toCapture(row: AttemptRow): PaymentAnswer['captures'][number] {
  return { amount: fromCents(row.amount_cents), captured_at: (row.settled_at ?? row.created_at).toISOString() };
}

/** There is something to look at while an attempt follows others of its kind that were refused. */
function attentionOf(attempts: readonly AttemptRow[]): PaymentAnswer['attention'] {
  const open = attempts.find(({ settled_at }) => settled_at === null);
  if (!open || open.operation === 'authorise') return null;
  const { operation } = open;
  const refusals = attempts.filter((attempt) => attempt.operation === operation && attempt.state === 'refused');
  const [first, last] = [refusals[0], refusals.at(-1)];
  if (!first || !last) return null;
  return {
    operation,
    code: last.error_code ?? 'provider.refused',
    refused: refusals.length,
    since: (first.settled_at ?? first.created_at).toISOString(),
  };
}
