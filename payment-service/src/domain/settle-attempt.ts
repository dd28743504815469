import { fromCents } from '@sagacity/chassis/money/cents';
import { type Attempt, isOpen, type Payment } from './payment.ts';
import type { ProviderAnswer } from './provider-answer.ts';
import { captured, declined, held, heldWrongly, refunded, refundRefused, voided } from './transitions.ts';

/** The answer to a command of a saga, by the key of the command. */
export type Reply =
  | { readonly key: string; readonly outcome: 'done'; readonly result: object }
  | { readonly key: string; readonly outcome: 'refused'; readonly code: string; readonly detail: string };

/** What became of a payment, for its event. */
export type Happening =
  | { readonly type: 'payment.authorized' | 'payment.captured' | 'payment.voided' }
  | { readonly type: 'payment.refunded'; readonly refundCents: number }
  | { readonly type: 'payment.failed'; readonly code: string };

/** What an operator should hear of. */
export type Anomaly = 'orphaned' | 'amount_mismatch' | 'late_refund' | 'refused';

export interface Settlement {
  readonly payment: Payment;
  readonly attempt: Attempt;
  readonly refund?: 'succeeded' | 'failed';
  readonly happening?: Happening;
  readonly replies: readonly Reply[];
  readonly anomaly?: Anomaly;
}

/**
 * Takes an answer of the provider, or a webhook, for an attempt. Pure, and idempotent: an answer to an attempt that is settled
 * changes nothing, unless it tells of money that nobody had expected any more.
 */
export function settleAttempt(payment: Payment, attempt: Attempt, answer: ProviderAnswer): Settlement {
  switch (answer.kind) {
    case 'unavailable':
      return stillOpen(payment, attempt, attempt.state, 'provider.unavailable', answer.detail);
    case 'unclear':
      return unclear(payment, attempt, 'provider.unclear', answer.detail);
    case 'refused':
      return isOpen(attempt) ? refused(payment, attempt, answer) : unchanged(payment, attempt);
    case 'succeeded':
      return matches(payment, attempt, answer)
        ? succeeded(payment, attempt, answer.reference)
        : mismatched(payment, attempt, answer);
  }
}

function succeeded(payment: Payment, attempt: Attempt, reference: string): Settlement {
  const settled: Attempt = isOpen(attempt) ? closed(attempt, 'succeeded') : attempt;
  switch (attempt.operation) {
    case 'authorise':
      return afterHold(payment, held(payment, reference), settled);
    case 'capture':
      return afterCapture(payment, captured(payment), settled);
    case 'void':
      return changed(payment, { payment: voided(payment), attempt: settled, happening: { type: 'payment.voided' } });
    case 'refund':
      return afterRefund(payment, attempt, settled);
  }
}

function afterHold(before: Payment, payment: Payment, attempt: Attempt): Settlement {
  if (payment.state === 'orphaned') return changed(before, { payment, attempt, anomaly: 'orphaned' });
  const result = { payment_id: payment.id, authorized_amount: fromCents(payment.amountCents) };
  return changed(before, {
    payment,
    attempt,
    happening: { type: 'payment.authorized' },
    replies: [{ key: payment.idempotencyKey, outcome: 'done', result }],
  });
}

function afterCapture(before: Payment, payment: Payment, attempt: Attempt): Settlement {
  const orphan = payment.state === 'orphaned';
  return changed(before, {
    payment,
    attempt,
    ...(orphan ? { anomaly: 'orphaned' as const } : { happening: { type: 'payment.captured' } as const }),
  });
}

function afterRefund(payment: Payment, attempt: Attempt, settled: Attempt): Settlement {
  if (attempt.state === 'refused') return { ...unchanged(payment, attempt), anomaly: 'late_refund' };
  if (!isOpen(attempt)) return unchanged(payment, attempt);
  const refundCents = attempt.amountCents;
  return {
    payment: refunded(payment, refundCents),
    attempt: settled,
    refund: 'succeeded',
    happening: { type: 'payment.refunded', refundCents },
    replies: [],
  };
}

function refused(payment: Payment, attempt: Attempt, { code, detail }: { code: string; detail: string }): Settlement {
  const settled = closed(attempt, 'refused', code, detail);
  switch (attempt.operation) {
    case 'authorise':
      return changed(payment, {
        payment: declined(payment, code),
        attempt: settled,
        happening: { type: 'payment.failed', code },
        replies: [{ key: payment.idempotencyKey, outcome: 'refused', code, detail }],
      });
    // The saga is past its pivot, or giving money back: neither may end here, so a new attempt follows.
    case 'capture':
    case 'void':
      return { payment, attempt: settled, replies: [], anomaly: 'refused' };
    case 'refund':
      return {
        payment: refundRefused(payment, attempt.amountCents),
        attempt: settled,
        refund: 'failed',
        replies: [],
        anomaly: 'refused',
      };
  }
}

function mismatched(payment: Payment, attempt: Attempt, answer: { reference: string } & Money): Settlement {
  const detail = `expected ${attempt.amountCents} ${payment.currency}, the provider says ${answer.amountCents} ${answer.currency}`;
  const code = 'payment.amount_mismatch';
  // A wrong capture or refund is not believed; the provider is asked again, and an operator hears of it.
  if (attempt.operation !== 'authorise') {
    return isOpen(attempt)
      ? { ...unclear(payment, attempt, code, detail), anomaly: 'amount_mismatch' }
      : { ...unchanged(payment, attempt), anomaly: 'amount_mismatch' };
  }
  const settled = isOpen(attempt) ? closed(attempt, 'refused', code, detail) : attempt;
  const after = heldWrongly(payment, answer.reference);
  const asked = payment.state === 'created' || payment.state === 'unknown';
  return changed(payment, {
    payment: after,
    attempt: settled,
    anomaly: 'amount_mismatch',
    ...(asked ? { happening: { type: 'payment.failed', code } as const } : {}),
    replies: asked
      ? [{ key: payment.idempotencyKey, outcome: 'refused', code, detail: 'The provider held another amount.' }]
      : [],
  });
}

interface Money {
  readonly amountCents: number;
  readonly currency: string;
}

function matches(payment: Payment, attempt: Attempt, answer: Money): boolean {
  // A void gives back the whole hold, whatever its amount is.
  if (attempt.operation === 'void') return true;
  return answer.amountCents === attempt.amountCents && answer.currency === payment.currency;
}

function unclear(payment: Payment, attempt: Attempt, code: string, detail: string): Settlement {
  const state = attempt.operation === 'authorise' && payment.state === 'created' ? 'unknown' : payment.state;
  const after = state === payment.state ? payment : ({ ...payment, state } as Payment);
  return stillOpen(after, attempt, 'unknown', code, detail);
}

function stillOpen(payment: Payment, attempt: Attempt, state: Attempt['state'], code: string, detail: string) {
  if (!isOpen(attempt)) return unchanged(payment, attempt);
  return { payment, attempt: { ...attempt, state, errorCode: code, errorDetail: detail }, replies: [] };
}

function closed(attempt: Attempt, state: 'succeeded' | 'refused', errorCode?: string, errorDetail?: string): Attempt {
  return { ...attempt, state, errorCode: errorCode ?? null, errorDetail: errorDetail ?? null };
}

function unchanged(payment: Payment, attempt: Attempt): Settlement {
  return { payment, attempt, replies: [] };
}

/** Tells of a change only where there was one. */
function changed(before: Payment, after: Partial<Settlement> & Pick<Settlement, 'payment' | 'attempt'>): Settlement {
  if (after.payment === before) return { ...unchanged(before, after.attempt) };
  return { replies: [], ...after };
}
