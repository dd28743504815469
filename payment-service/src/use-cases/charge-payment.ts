import type { Trx } from '@sagacity/chassis/db/database';
import { fromCents, toCents } from '@sagacity/chassis/money/cents';
import type { Command } from '@sagacity/chassis/participant/commands';
import { type CommandOutcome, deferred, done, refused } from '@sagacity/chassis/participant/outcomes';
import type { ChargePaymentData } from '../contract/commands.ts';
import type { Payment } from '../domain/payment.ts';
import { findPaymentByKey, insertCharge, type NewCharge } from '../persistence/payments.ts';
import { commandContext } from './command-context.ts';
import { type PaymentDeps, startAfterCommit, writeContext } from './deps.ts';

/** Makes the order's payment and the attempt to authorise it; the provider is called once they are committed, and answers later. */
export async function chargePayment(
  trx: Trx,
  deps: PaymentDeps,
  command: Command<ChargePaymentData>,
): Promise<CommandOutcome> {
  const { method } = command.data;
  // The token is neither stored nor repeated where it might be a card number.
  if (!deps.providers.get(method.provider)?.acceptsToken(method.token)) {
    return refused('payment.method_invalid', 'The payment method is not one that the provider could know.');
  }
  const charge = chargeOf(deps, command);
  const inserted = await insertCharge(trx, charge);
  if (!inserted) return answerKnown(await findPaymentByKey(trx, charge.idempotencyKey));
  startAfterCommit(trx, deps, {
    attemptId: inserted.attemptId,
    operation: 'authorise',
    provider: charge.provider,
    providerKey: charge.providerKey,
    orderId: charge.orderId,
    methodToken: charge.methodToken,
    reference: null,
    amountCents: charge.amountCents,
    currency: charge.currency,
  });
  return deferred();
}

function chargeOf(deps: PaymentDeps, command: Command<ChargePaymentData>): NewCharge {
  const { data, idempotencyKey } = command;
  return {
    orderId: data.order_id,
    userId: data.user_id,
    amountCents: toCents(data.amount),
    currency: data.currency,
    provider: data.method.provider,
    methodToken: data.method.token,
    idempotencyKey,
    providerKey: `${idempotencyKey}:authorise:1`,
    context: writeContext(commandContext(command)),
    leaseMs: deps.leaseMs,
  };
}

/** The order has a payment already: of this very command, where its stored reply is lost, or of another one. */
function answerKnown(payment: Payment | undefined): CommandOutcome {
  if (!payment) return refused('payment.already_active', 'The order has a payment already.');
  switch (payment.state) {
    case 'created':
    case 'unknown':
      return deferred();
    case 'failed':
    case 'orphaned':
      return refused(payment.failureCode ?? 'payment.declined', 'The payment was refused.');
    case 'authorized':
    case 'captured':
    case 'partially_refunded':
    case 'refunded':
    case 'voided':
      return done({ payment_id: payment.id, authorized_amount: fromCents(payment.amountCents) });
  }
}
