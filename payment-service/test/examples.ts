import type { Attempt, Operation, Payment, PaymentState } from '../src/domain/payment.ts';
import type { ProviderAnswer } from '../src/domain/provider-answer.ts';

export const allStates: readonly PaymentState[] = [
  'created',
  'unknown',
  'authorized',
  'captured',
  'partially_refunded',
  'refunded',
  'voided',
  'failed',
  'orphaned',
];

/** A payment of 50.00 EUR in a state, with the amounts that belong to it. */
export function paymentIn(state: PaymentState, overrides: Partial<Payment> = {}): Payment {
  const captured = state === 'captured' || state === 'partially_refunded' || state === 'refunded';
  const refunded = { refunded: 5000, partially_refunded: 2000 }[state as string] ?? 0;
  const early = state === 'created' || state === 'unknown' || state === 'failed';
  return {
    id: 1,
    orderId: 42,
    userId: 7,
    amountCents: 5000,
    currency: 'EUR',
    provider: 'sandbox',
    methodToken: 'tok_approve',
    idempotencyKey: 'saga:charge-payment:forward',
    state,
    providerReference: early ? null : 'ch_1',
    failureCode: state === 'failed' ? 'payment.declined' : null,
    capturedCents: captured ? 5000 : 0,
    refundingCents: 0,
    refundedCents: refunded,
    captureKey: null,
    returnRequested: state === 'orphaned',
    returnKeys: [],
    version: 3,
    ...overrides,
  };
}

/** An open attempt of the whole amount. */
export function attemptOf(operation: Operation, overrides: Partial<Attempt> = {}): Attempt {
  return {
    id: 11,
    paymentId: 1,
    operation,
    refundId: operation === 'refund' ? 5 : null,
    amountCents: 5000,
    providerKey: `saga:${operation}:1`,
    state: 'pending',
    calls: 1,
    errorCode: null,
    errorDetail: null,
    ...overrides,
  };
}

export function succeeded(overrides: Partial<Extract<ProviderAnswer, { kind: 'succeeded' }>> = {}): ProviderAnswer {
  return { kind: 'succeeded', reference: 'ch_1', amountCents: 5000, currency: 'EUR', ...overrides };
}

export const declined: ProviderAnswer = { kind: 'refused', code: 'payment.declined', detail: 'The card was declined.' };
export const unclear: ProviderAnswer = { kind: 'unclear', detail: 'no answer in time' };
export const unavailable: ProviderAnswer = { kind: 'unavailable', detail: 'try again' };
