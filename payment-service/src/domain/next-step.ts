import { fromCents } from '@sagacity/chassis/money/cents';
import { type Operation, type Payment, type Refund, refundableCents } from './payment.ts';
import type { Reply } from './settle-attempt.ts';
import { isOver } from './transitions.ts';

/** What to ask of the provider next. */
export type Step =
  | { readonly kind: 'none' }
  | { readonly kind: 'capture' | 'void' }
  | { readonly kind: 'refund'; readonly refund: Refund }
  /** A new refund of all that is left, and then its attempt. */
  | { readonly kind: 'return'; readonly amountCents: number };

/** What a payment has in progress, besides its own row. */
export interface Progress {
  readonly hasOpenAttempt: boolean;
  /** The oldest refund that waits for its turn. */
  readonly pendingRefund: Refund | undefined;
}

/** True when the payment may have a next step or waiting commands, so that its progress is worth looking up. */
export function hasUnfinishedWork(payment: Payment): boolean {
  return payment.captureKey !== null || payment.returnRequested || payment.refundingCents > 0;
}

/**
 * The one next request for a payment: one at a time, giving money back before taking any.
 * A captured payment is never voided, an authorized one never refunded.
 */
export function nextStep(payment: Payment, { hasOpenAttempt, pendingRefund }: Progress): Step {
  if (hasOpenAttempt) return { kind: 'none' };
  if (pendingRefund) return { kind: 'refund', refund: pendingRefund };
  const holds = payment.state === 'authorized' || (payment.state === 'orphaned' && payment.capturedCents === 0);
  if (holds && payment.returnRequested) return { kind: 'void' };
  if (payment.state === 'authorized' && payment.captureKey !== null) return { kind: 'capture' };
  const left = refundableCents(payment);
  if (payment.returnRequested && left > 0) return { kind: 'return', amountCents: left };
  return { kind: 'none' };
}

/** The keys of the commands that wait for such a request to succeed. */
export function keysWaitingFor(payment: Payment, operation: Operation): readonly string[] {
  switch (operation) {
    case 'authorise':
      return [payment.idempotencyKey];
    case 'capture':
      return payment.captureKey === null ? [] : [payment.captureKey];
    case 'void':
    case 'refund':
      return payment.returnKeys;
  }
}

/** Answers the commands whose matter is over, and takes them off the payment. */
export function answerWaiting(payment: Payment): { readonly payment: Payment; readonly replies: readonly Reply[] } {
  const replies: Reply[] = [];
  const over = isOver(payment);
  if (payment.captureKey !== null && (payment.capturedCents > 0 || over)) {
    replies.push(done(payment.captureKey, captureResult(payment)));
  }
  if (over) replies.push(...payment.returnKeys.map((key) => done(key, returnResult(payment))));
  if (replies.length === 0) return { payment, replies };
  const captureKey = payment.capturedCents > 0 || over ? null : payment.captureKey;
  return { payment: { ...payment, captureKey, returnKeys: over ? [] : payment.returnKeys }, replies };
}

/** What a capture command is answered; nothing was captured when the money was given back first. */
export function captureResult(payment: Payment): object {
  return { payment_id: payment.id, captured_amount: fromCents(payment.capturedCents) };
}

/** What a refund command is answered once all money is back. */
export function returnResult(payment: Payment): object {
  const { id, state, amountCents, refundedCents } = payment;
  if (state === 'failed') return { payment_id: id, outcome: 'nothing_charged', amount: 0 };
  if (state === 'voided') return { payment_id: id, outcome: 'voided', amount: fromCents(amountCents) };
  return { payment_id: id, outcome: 'refunded', amount: fromCents(refundedCents) };
}

function done(key: string, result: object): Reply {
  return { key, outcome: 'done', result };
}
