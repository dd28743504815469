import { allEnded } from '@sagacity/chassis/db/all-ended';
import type { Trx } from '@sagacity/chassis/db/database';
import { afterCommit } from '@sagacity/chassis/db/transaction';
import { type Answer, answerCommands, reportTrouble } from '@sagacity/chassis/participant/commands';
import { done, refused, transient } from '@sagacity/chassis/participant/outcomes';
import { answerWaiting, keysWaitingFor } from '../domain/next-step.ts';
import { type Attempt, isOpen, type Payment, withNextVersion } from '../domain/payment.ts';
import type { ProviderAnswer } from '../domain/provider-answer.ts';
import { type Reply, type Settlement, settleAttempt } from '../domain/settle-attempt.ts';
import { findAttempts, type StoredAttempt, saveAttempts } from '../persistence/attempts.ts';
import { lockWaitingCommands } from '../persistence/command-locks.ts';
import { lockPaymentsOfAttempts, savePayments } from '../persistence/payments.ts';
import { settleRefund } from '../persistence/refunds.ts';
import { delayBefore, type PaymentDeps, readContext } from './deps.ts';
import { openNextAttempt } from './open-next-attempt.ts';
import { appendPaymentEvent } from './payment-events.ts';

/** What a provider said about an attempt, by its answer or by a webhook. */
export interface Report {
  readonly attemptId: number;
  readonly answer: ProviderAnswer;
}

interface Decided {
  readonly before: Payment;
  readonly stored: StoredAttempt;
  readonly settlement: Settlement;
  readonly replies: readonly Reply[];
}

/**
 * Writes down what the provider said: payments under their locks, attempts, refunds, the replies to waiting commands, the events
 * and the attempts that follow, all in this transaction. API answers and webhooks come this one way, so of two that tell the same only
 * the first has an effect. Returns, per report, whether it changed anything.
 */
export async function settleReports(
  trx: Trx,
  deps: PaymentDeps,
  reports: readonly Report[],
): Promise<readonly ('applied' | 'late' | 'mismatch')[]> {
  const decided = await decide(trx, reports);
  const attempts = decided.filter(({ stored }) => isOpen(stored)).map(({ settlement }) => settlement.attempt);
  const payments = decided
    .filter(({ before, settlement }) => settlement.payment !== before)
    .map(({ settlement }) => settlement.payment);
  await settleRefunds(trx, decided);
  await allEnded([
    saveAttempts(
      trx,
      lastById(attempts).map((attempt) => withDelay(deps, attempt)),
    ),
    savePayments(trx, lastById(payments)),
    answerCommands(
      trx,
      decided.flatMap(({ replies }) => replies.map(answerOf)),
    ),
  ]);
  for (const one of decided) await follow(trx, deps, one);
  return decided.map(({ stored, settlement }) => verdict(stored, settlement));
}

/** Before the payments, whose sums of refunds the database keeps. */
async function settleRefunds(trx: Trx, decided: readonly Decided[]): Promise<void> {
  for (const { settlement, stored } of decided) {
    if (settlement.refund === undefined || stored.refundId === null) continue;
    await settleRefund(trx, stored.refundId, {
      state: settlement.refund,
      errorCode: settlement.refund === 'failed' ? settlement.attempt.errorCode : null,
    });
  }
}

/** Reads what the reports are about under lock, and decides one after the other. */
async function decide(trx: Trx, reports: readonly Report[]): Promise<readonly Decided[]> {
  const ids = reports.map(({ attemptId }) => attemptId);
  // They travel together, and are done in this order.
  const [, lockedPayments, foundAttempts] = await allEnded([
    lockWaitingCommands(trx, ids),
    lockPaymentsOfAttempts(trx, ids),
    findAttempts(trx, ids),
  ]);
  const payments = new Map(lockedPayments.map((payment) => [payment.id, payment]));
  const attempts = new Map(foundAttempts.map((attempt) => [attempt.id, attempt]));
  return reports.map(({ attemptId, answer }) => {
    const stored = attempts.get(attemptId) as StoredAttempt;
    const before = payments.get(stored.paymentId) as Payment;
    const first = settleAttempt(before, stored, answer);
    const { payment: after, replies } = answerWaiting(first.payment);
    const payment = after === before ? before : withNextVersion(after);
    const settlement = { ...first, payment };
    payments.set(payment.id, payment);
    attempts.set(attemptId, { ...stored, ...settlement.attempt });
    return { before, stored, settlement, replies: [...first.replies, ...replies] };
  });
}

async function follow(trx: Trx, deps: PaymentDeps, { stored, settlement }: Decided): Promise<void> {
  const { payment, attempt, happening, anomaly } = settlement;
  if (happening) appendPaymentEvent(trx, payment, happening, readContext(stored.context));
  if (anomaly === 'refused') await tellOfRefusal(trx, payment, attempt);
  if (anomaly) {
    const { errorCode: code } = attempt;
    const facts = { payment_id: payment.id, order_id: payment.orderId, operation: stored.operation, code };
    afterCommit(trx, () => deps.report(anomaly, facts));
  }
  if (!isOpen(attempt)) await openNextAttempt(trx, deps, payment, stored.context);
}

/** A refusal that may not be the end is followed by another attempt; until one succeeds the saga shows what stands in its way. */
async function tellOfRefusal(trx: Trx, payment: Payment, { operation, errorCode, errorDetail }: Attempt) {
  const trouble = transient(errorCode ?? 'provider.refused', errorDetail ?? 'The provider refused.');
  for (const key of keysWaitingFor(payment, operation)) await reportTrouble(trx, key, trouble);
}

function answerOf(reply: Reply): Answer {
  const outcome = reply.outcome === 'done' ? done(reply.result) : refused(reply.code, reply.detail);
  return { key: reply.key, outcome };
}

function withDelay(deps: PaymentDeps, attempt: Attempt) {
  return { attempt, againInMs: isOpen(attempt) ? delayBefore(deps, attempt.calls) : 0 };
}

/** What was decided on twice in a batch is saved once, as it ended. */
function lastById<T extends { readonly id: number }>(rows: readonly T[]): readonly T[] {
  return [...new Map(rows.map((row) => [row.id, row])).values()];
}

function verdict(stored: StoredAttempt, settlement: Settlement): 'applied' | 'late' | 'mismatch' {
  if (settlement.anomaly === 'amount_mismatch') return 'mismatch';
  const moved = settlement.attempt.state !== stored.state || settlement.happening !== undefined;
  return moved || settlement.anomaly === 'orphaned' ? 'applied' : 'late';
}
