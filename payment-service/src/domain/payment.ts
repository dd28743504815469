/** What a payment can be; `orphaned` is money that came after the payment was over, on its way back. */
export type PaymentState =
  | 'created'
  | 'unknown'
  | 'authorized'
  | 'captured'
  | 'partially_refunded'
  | 'refunded'
  | 'voided'
  | 'failed'
  | 'orphaned';

export type Operation = 'authorise' | 'capture' | 'void' | 'refund';

export interface Payment {
  readonly id: number;
  readonly orderId: number;
  readonly userId: number;
  readonly amountCents: number;
  readonly currency: string;
  readonly provider: string;
  readonly methodToken: string;
  /** Key of the charge command that made it. */
  readonly idempotencyKey: string;
  readonly state: PaymentState;
  readonly providerReference: string | null;
  readonly failureCode: string | null;
  readonly capturedCents: number;
  /** Asked back from the provider, not yet answered. */
  readonly refundingCents: number;
  readonly refundedCents: number;
  /** Key of the capture command that waits for its answer. */
  readonly captureKey: string | null;
  /** All of the money has to go back, whatever state it is in. */
  readonly returnRequested: boolean;
  /** Keys of the refund commands that wait for their answer. */
  readonly returnKeys: readonly string[];
  readonly version: number;
}

/** `pending`: not answered; `unknown`: asked, and the answer was unclear. Both are open and will be asked about. */
export type AttemptState = 'pending' | 'unknown' | 'succeeded' | 'refused';

/** One request to the provider under one key; it may be sent several times, but moves money at most once. */
export interface Attempt {
  readonly id: number;
  readonly paymentId: number;
  readonly operation: Operation;
  readonly refundId: number | null;
  readonly amountCents: number;
  readonly providerKey: string;
  readonly state: AttemptState;
  readonly calls: number;
  readonly errorCode: string | null;
  readonly errorDetail: string | null;
}

export interface Refund {
  readonly id: number;
  readonly amountCents: number;
  readonly idempotencyKey: string;
}

export function isOpen(attempt: Pick<Attempt, 'state'>): boolean {
  return attempt.state === 'pending' || attempt.state === 'unknown';
}

/** What could still be asked back, in cents. */
export function refundableCents(payment: Payment): number {
  return payment.capturedCents - payment.refundingCents - payment.refundedCents;
}

/** The payment as it is saved next: whoever changes it under its lock adds one to its version. */
export function withNextVersion(payment: Payment): Payment {
  return { ...payment, version: payment.version + 1 };
}
