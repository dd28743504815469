import type { Trx } from '@sagacity/chassis/db/database';
import { hasUnfinishedWork, nextStep, type Step } from '../domain/next-step.ts';
import type { Operation, Payment } from '../domain/payment.ts';
import { countAttempts, insertAttempt } from '../persistence/attempts.ts';
import { countRefunds, findPendingRefund, insertRefund } from '../persistence/refunds.ts';
import { callOf, delayBefore, type PaymentDeps, startAfterCommit } from './deps.ts';

interface Plan {
  readonly operation: Operation;
  readonly refundId: number | null;
  readonly amountCents: number;
  readonly keyBase: string;
}

/**
 * Opens the next request to the provider for a payment that is locked and saved: its row is committed with this transaction,
 * the call follows. The first of its kind is called at once, one that follows a refusal after a delay.
 */
export async function openNextAttempt(trx: Trx, deps: PaymentDeps, payment: Payment, context: string): Promise<void> {
  if (!hasUnfinishedWork(payment)) return;
  const attempts = await countAttempts(trx, payment.id);
  if (attempts.open) return;
  const pendingRefund = payment.refundingCents > 0 ? await findPendingRefund(trx, payment.id) : undefined;
  const step = nextStep(payment, { hasOpenAttempt: false, pendingRefund });
  const plan = await planOf(trx, payment, step);
  if (!plan) return;
  const { count, refused } = attempts.of(plan.operation);
  const atOnce = refused === 0 || step.kind === 'refund';
  const { id, providerKey } = await insertAttempt(
    trx,
    { paymentId: payment.id, context, ...plan },
    { number: count + 1, calls: atOnce ? 1 : 0, dueInMs: atOnce ? deps.leaseMs : delayBefore(deps, refused) },
  );
  if (!atOnce) return;
  const { operation, amountCents } = plan;
  startAfterCommit(trx, deps, callOf(payment, { attemptId: id, operation, providerKey, amountCents }));
}

async function planOf(trx: Trx, payment: Payment, step: Step): Promise<Plan | undefined> {
  const whole = { refundId: null, amountCents: payment.amountCents };
  switch (step.kind) {
    case 'none':
      return undefined;
    case 'capture':
      return { operation: 'capture', ...whole, keyBase: payment.captureKey ?? payment.idempotencyKey };
    case 'void':
      return { operation: 'void', ...whole, keyBase: returnKeyOf(payment) };
    case 'refund':
      return refundPlan(step.refund);
    case 'return': {
      const number = (await countRefunds(trx, payment.id)) + 1;
      return refundPlan(
        await insertRefund(trx, {
          paymentId: payment.id,
          amountCents: step.amountCents,
          idempotencyKey: `${returnKeyOf(payment)}:${number}`,
          requestedBy: payment.returnKeys.length > 0 ? 'saga' : 'payment-service',
          reason: null,
        }),
      );
    }
  }
}

function refundPlan(refund: { id: number; amountCents: number; idempotencyKey: string }): Plan {
  return {
    operation: 'refund',
    refundId: refund.id,
    amountCents: refund.amountCents,
    keyBase: refund.idempotencyKey,
  };
}

/** What the keys of returning requests begin with: the refund command that asked first, or nobody's when money came late. */
function returnKeyOf(payment: Payment): string {
  return payment.returnKeys[0] ?? `${payment.idempotencyKey}:orphan`;
}
