import type { Trx } from '@sagacity/chassis/db/database';
import { afterCommit } from '@sagacity/chassis/db/transaction';
import { type Backoff, backoffMs } from '@sagacity/chassis/lifecycle/retry';
import type { MessageContext } from '@sagacity/chassis/messaging/envelope';
import type { Payment } from '../domain/payment.ts';
import type { Anomaly } from '../domain/settle-attempt.ts';
import type { AttemptCall } from '../persistence/attempts.ts';
import type { Providers } from '../providers/provider.ts';

export interface PaymentDeps {
  readonly providers: Providers;
  /** For how long nobody but this process may call the provider for an attempt that it opened or claimed. */
  readonly leaseMs: number;
  /** How long to wait before an open attempt is asked about again, and before a refused one is followed by a new one. */
  readonly backoff: Backoff;
  /** Calls the provider at once for an attempt that this process has opened. */
  readonly start: (call: AttemptCall) => void;
  readonly report: (anomaly: Anomaly, facts: object) => void;
}

/** Starts an attempt once its row is committed, and not before: a crash in between leaves a row that is asked about. */
export function startAfterCommit(trx: Trx, deps: PaymentDeps, call: AttemptCall): void {
  afterCommit(trx, () => deps.start(call));
}

/** What the provider is to be called for; of the whole amount unless another one is given. */
export function callOf(
  payment: Payment,
  attempt: Pick<AttemptCall, 'attemptId' | 'operation' | 'providerKey'> & { readonly amountCents?: number },
): AttemptCall {
  return {
    amountCents: payment.amountCents,
    ...attempt,
    provider: payment.provider,
    orderId: payment.orderId,
    methodToken: payment.methodToken,
    reference: payment.providerReference,
    currency: payment.currency,
  };
}

export function delayBefore(deps: PaymentDeps, attempt: number): number {
  return backoffMs(attempt, deps.backoff);
}

/** The context of the messages that an attempt causes, as the attempt's row keeps it. */
export function writeContext(context: MessageContext): string {
  return JSON.stringify(context);
}

export function readContext(text: string): MessageContext {
  return JSON.parse(text) as MessageContext;
}
