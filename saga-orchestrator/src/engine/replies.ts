import { markCompensated } from './compensation.ts';
import { type AnyStep, findStep } from './definition.ts';
import { mustGoBack } from './forward.ts';
import type { Reply } from './input.ts';
import { findRecord, isActive, isBounded, type SagaInstance, type StepRecord } from './instance.ts';
import { retryWaitMs } from './patience.ts';
import { applyResolution, giveUp, isPivotOpen, missPivot, passPivot } from './pivot.ts';
import { put, settle, type Turn, tell } from './turn.ts';

/** A command that became a dead letter. It was not done, but nothing remembers that: another attempt on its way may still be. */
const unprocessable = 'command.unprocessable';

type Verdict = 'applied' | 'duplicate' | 'late' | 'stale_attempt' | 'orphan';

/**
 * Takes a reply into account. The first conclusive one of a step and direction wins, whichever attempt it answers;
 * one that only asks for another attempt counts for the last attempt alone. What is not applied stands on the timeline as what it was.
 */
export function applyReply(turn: Turn, reply: Reply): void {
  const step = findStep(turn.definition, reply.step);
  const record = findRecord(turn.saga, reply.step, reply.direction);
  const verdict = judge(turn.saga, record, reply);
  tell(turn, `reply.${verdict}`, factsOf(reply));
  if (verdict !== 'applied' || !step || !record) return;
  if (reply.code === unprocessable && isBounded(record)) giveUp(turn, { ...record, error: errorOf(reply) });
  else if (isConclusive(reply)) conclude(turn, record, reply);
  else askAgainLater(turn, step, record, reply);
}

function judge(saga: SagaInstance, record: StepRecord | undefined, reply: Reply): Verdict {
  if (!record || reply.attempt > record.attempt) return 'orphan';
  if (isConclusive(reply) && (isActive(record) || isPivotOpen(saga, record))) return 'applied';
  if (!isActive(record)) return record.outcome === reply.outcome ? 'duplicate' : 'late';
  if (reply.attempt < record.attempt) return 'stale_attempt';
  return record.state === 'in_flight' ? 'applied' : 'duplicate';
}

function conclude(turn: Turn, record: StepRecord, reply: Reply): void {
  const done = reply.outcome === 'done';
  const changes: Partial<StepRecord> = done
    ? { state: 'succeeded', outcome: 'done', error: null }
    : { state: 'refused', outcome: reply.outcome, error: errorOf(reply) };
  if (reply.direction === 'resolve') concludeResolution(turn, record, reply);
  else if (isPivotOpen(turn.saga, record)) (done ? passPivot : missPivot)(turn, record, changes);
  else settle(turn, record, changes);
  if (reply.direction === 'compensate' && done) markCompensated(turn, record.step);
}

function concludeResolution(turn: Turn, record: StepRecord, reply: Reply): void {
  if (reply.outcome === 'done' && applyResolution(turn, record, reply) === 'decided') return;
  settle(turn, record, { state: 'refused', outcome: reply.outcome, error: errorOf(reply) });
}

/** A transient answer, or one that the deadline had passed: up to the pivot patience has an end, after it and on the way back it has none. */
function askAgainLater(turn: Turn, step: AnyStep, record: StepRecord, reply: Reply): void {
  const known = { ...record, outcome: reply.outcome, error: errorOf(reply) };
  if (isBounded(record) && (mustGoBack(turn.saga) || record.spent >= step.attempts)) {
    giveUp(turn, known);
    return;
  }
  const waitMs = retryWaitMs(turn.saga, record, reply.retryAfterMs);
  put(turn, { ...known, state: 'retry_wait', wakeAtMs: turn.atMs + waitMs });
}

function isConclusive({ outcome }: Reply): boolean {
  return outcome === 'done' || outcome === 'refused' || outcome === 'tombstoned';
}

function errorOf(reply: Reply) {
  return { code: reply.code ?? `saga.${reply.outcome}`, detail: reply.detail };
}

function factsOf({ step, direction, attempt, messageId, outcome, code, detail }: Reply) {
  const facts = { outcome, ...(code === null ? {} : { code }), ...(detail === null ? {} : { detail }) };
  return { step, direction, attempt, messageId, detail: facts };
}
