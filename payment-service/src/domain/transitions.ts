import type { Payment, PaymentState } from './payment.ts';

/**
 * How a payment takes the provider's conclusive answers. Each function lists every state: an answer that comes twice, late
 * or out of order leaves the payment as it is, and money that arrives for a payment that is over makes it `orphaned`.
 * None of them leads from a captured amount to a smaller one.
 */

export function held(payment: Payment, reference: string): Payment {
  switch (payment.state) {
    case 'created':
    case 'unknown':
      return { ...payment, state: 'authorized', providerReference: reference };
    case 'failed':
      return orphaned(payment, reference);
    case 'authorized':
    case 'captured':
    case 'partially_refunded':
    case 'refunded':
    case 'voided':
    case 'orphaned':
      return payment;
  }
}

/** A hold of another amount or currency than was asked for: never used, always given back. */
export function heldWrongly(payment: Payment, reference: string): Payment {
  switch (payment.state) {
    case 'created':
    case 'unknown':
    case 'failed':
      return { ...orphaned(payment, reference), failureCode: 'payment.amount_mismatch' };
    case 'authorized':
    case 'captured':
    case 'partially_refunded':
    case 'refunded':
    case 'voided':
    case 'orphaned':
      return payment;
  }
}

export function declined(payment: Payment, code: string): Payment {
  switch (payment.state) {
    case 'created':
    case 'unknown':
      return { ...payment, state: 'failed', failureCode: code };
    case 'authorized':
    case 'captured':
    case 'partially_refunded':
    case 'refunded':
    case 'voided':
    case 'failed':
    case 'orphaned':
      return payment;
  }
}

export function captured(payment: Payment): Payment {
  switch (payment.state) {
    case 'authorized':
      return { ...payment, state: 'captured', capturedCents: payment.amountCents };
    case 'voided':
      return { ...payment, state: 'orphaned', capturedCents: payment.amountCents, returnRequested: true };
    case 'orphaned':
      return payment.capturedCents > 0 ? payment : { ...payment, capturedCents: payment.amountCents };
    case 'created':
    case 'unknown':
    case 'failed':
    case 'captured':
    case 'partially_refunded':
    case 'refunded':
      return payment;
  }
}

export function voided(payment: Payment): Payment {
  switch (payment.state) {
    case 'authorized':
      return { ...payment, state: 'voided' };
    case 'orphaned':
      return payment.capturedCents > 0 ? payment : { ...payment, state: 'voided' };
    case 'created':
    case 'unknown':
    case 'failed':
    case 'captured':
    case 'partially_refunded':
    case 'refunded':
    case 'voided':
      return payment;
  }
}

/** Takes a pending refund of that many cents as paid out. */
export function refunded(payment: Payment, cents: number): Payment {
  const refundedCents = payment.refundedCents + cents;
  const sums = { refundedCents, refundingCents: payment.refundingCents - cents };
  switch (payment.state) {
    case 'captured':
    case 'partially_refunded':
    case 'orphaned':
      return { ...payment, ...sums, state: stateAfterRefund(payment, refundedCents) };
    case 'created':
    case 'unknown':
    case 'authorized':
    case 'refunded':
    case 'voided':
    case 'failed':
      throw new Error(`payment ${payment.id} is ${payment.state} and cannot have a refund`);
  }
}

/** Takes a pending refund as refused: its cents can be asked back again. */
export function refundRefused(payment: Payment, cents: number): Payment {
  return { ...payment, refundingCents: payment.refundingCents - cents };
}

/** Asks for all of the money back; the key, if any, is answered when it is back. */
export function returning(payment: Payment, key: string): Payment {
  return { ...payment, returnRequested: true, returnKeys: [...new Set([...payment.returnKeys, key])] };
}

/** True when no money of this payment is held, captured or on its way. */
export function isOver(payment: Payment): boolean {
  return payment.state === 'failed' || payment.state === 'voided' || payment.state === 'refunded';
}

function orphaned(payment: Payment, reference: string): Payment {
  return { ...payment, state: 'orphaned', providerReference: reference, returnRequested: true };
}

function stateAfterRefund(payment: Payment, refundedCents: number): PaymentState {
  if (refundedCents === payment.capturedCents) return 'refunded';
  return payment.state === 'orphaned' ? 'orphaned' : 'partially_refunded';
}
