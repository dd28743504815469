import type { Trx } from '@sagacity/chassis/db/database';
import type { Command } from '@sagacity/chassis/participant/commands';
import { type CommandOutcome, deferred, done, refused, transient } from '@sagacity/chassis/participant/outcomes';
import type { CapturePaymentData } from '../contract/commands.ts';
import { captureResult } from '../domain/next-step.ts';
import { type Payment, withNextVersion } from '../domain/payment.ts';
import { lockPaymentOfOrder, saveFirstCapture, savePayments } from '../persistence/payments.ts';
import { commandContext } from './command-context.ts';
import { callOf, type PaymentDeps, startAfterCommit, writeContext } from './deps.ts';
import { openNextAttempt } from './open-next-attempt.ts';

/** Sees to it that the order's money is captured, unless all of it goes back instead; answers when the provider has. */
export async function capturePayment(
  trx: Trx,
  deps: PaymentDeps,
  command: Command<CapturePaymentData>,
): Promise<CommandOutcome> {
  const payment = await lockPaymentOfOrder(trx, command.data.order_id);
  if (!payment) return refused('payment.not_found', 'The order has no payment.');
  switch (payment.state) {
    case 'authorized':
      return startCapture(trx, deps, command, payment);
    case 'captured':
    case 'partially_refunded':
    case 'refunded':
    case 'voided':
      return done(captureResult(payment));
    case 'created':
    case 'unknown':
    case 'failed':
    case 'orphaned':
      return refused('payment.not_authorized', `The payment is ${payment.state}: there is nothing to capture.`);
  }
}

async function startCapture(
  trx: Trx,
  deps: PaymentDeps,
  command: Command<CapturePaymentData>,
  payment: Payment,
): Promise<CommandOutcome> {
  const { idempotencyKey } = command;
  if (payment.captureKey !== null && payment.captureKey !== idempotencyKey) {
    return transient('payment.busy', 'Another capture of this payment is under way.');
  }
  const asked = withNextVersion({ ...payment, captureKey: idempotencyKey });
  const context = writeContext(commandContext(command));
  // A hold that nobody has asked anything of has nothing under way, so there is no need to look.
  const untouched = payment.captureKey === null && !payment.returnRequested;
  if (untouched) {
    const providerKey = `${idempotencyKey}:capture:1`;
    const attemptId = await saveFirstCapture(trx, { payment: asked, providerKey, context, leaseMs: deps.leaseMs });
    startAfterCommit(trx, deps, callOf(asked, { attemptId, operation: 'capture', providerKey }));
  } else {
    await savePayments(trx, [asked]);
    await openNextAttempt(trx, deps, asked, context);
  }
  return deferred();
}
