import type { Trx } from '@sagacity/chassis/db/database';
import type { Command } from '@sagacity/chassis/participant/commands';
import { type CommandOutcome, deferred, done } from '@sagacity/chassis/participant/outcomes';
import type { RefundPaymentData } from '../contract/commands.ts';
import { returnResult } from '../domain/next-step.ts';
import { withNextVersion } from '../domain/payment.ts';
import { isOver, returning } from '../domain/transitions.ts';
import { lockPaymentOfOrder, savePayments } from '../persistence/payments.ts';
import { commandContext } from './command-context.ts';
import { type PaymentDeps, writeContext } from './deps.ts';
import { openNextAttempt } from './open-next-attempt.ts';

/**
 * Gives all of an order's money back: voids a hold, refunds what was captured, waits for what is still unclear.
 * Answers only once the provider has accepted; where nothing was charged, at once.
 */
export async function returnPayment(
  trx: Trx,
  deps: PaymentDeps,
  command: Command<RefundPaymentData>,
): Promise<CommandOutcome> {
  const payment = await lockPaymentOfOrder(trx, command.data.order_id);
  if (!payment) return done({ payment_id: null, outcome: 'nothing_charged', amount: 0 });
  if (isOver(payment)) return done(returnResult(payment));
  const asked = withNextVersion(returning(payment, command.idempotencyKey));
  await savePayments(trx, [asked]);
  await openNextAttempt(trx, deps, asked, writeContext(commandContext(command)));
  return deferred();
}
