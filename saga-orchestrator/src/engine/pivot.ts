import { send } from './commands.ts';
import { type AnyStep, stepsOf } from './definition.ts';
import type { Reply } from './input.ts';
import { findRecord, isActive, isStuck, type SagaInstance, type StepRecord } from './instance.ts';
import { change, recordOf, settle, type Turn, tell } from './turn.ts';

/*
 * The pivot is decided by one row in one database. As long as its fate is not known here, it is open:
 *
 *   in_flight ──answer──▶ succeeded (passed) | refused (back)
 *       │ no answer to any attempt, or somebody wants the saga back
 *       ▼
 *    unknown ──the resolve command asks in a way that aborts or tells──▶ succeeded | refused
 *
 * Whichever answer comes first decides, the pivot's own or that of the resolve command: both speak of the same row.
 */

/** The step that decides whether the saga can still go back; a saga without one cannot. */
export function pivotOf(turn: Turn): AnyStep | undefined {
  return stepsOf(turn.definition).find(({ kind }) => kind === 'pivot');
}

/** The pivot was sent, and it is not known yet what became of it. */
export function isPivotOpen(saga: SagaInstance, record: StepRecord): boolean {
  const undecided = isActive(record) || record.state === 'unknown';
  return record.kind === 'pivot' && record.direction === 'forward' && saga.phase === 'running' && undecided;
}

/** Takes a step for unknown: it may have been done, so going back includes it. */
export function giveUp(turn: Turn, record: StepRecord): void {
  settle(turn, record, { state: 'unknown' });
  tell(turn, 'step.unknown', { step: record.step, direction: record.direction, attempt: record.attempt });
}

/** Asks the pivot to abort or to tell that it was done, once. */
export function resolvePivot(turn: Turn, step: AnyStep): void {
  if (!recordOf(turn, step, 'resolve')) send(turn, step, 'resolve');
}

/** From here on the saga only goes forward; a request of an operator to go back came too late. */
export function passPivot(turn: Turn, record: StepRecord, changes: Partial<StepRecord>): void {
  settle(turn, record, changes);
  skipResolve(turn, record.step);
  const { cancel, failure } = turn.saga;
  const tooLate = cancel?.by === 'operator' || failure !== null;
  if (tooLate) tell(turn, 'cancel.too_late', { step: record.step });
  // The order's own request is kept: when the saga completes, a linked one undoes it.
  change(turn, { pivotPassed: true, failure: null, cancel: cancel?.by === 'operator' ? null : cancel });
}

/** The pivot will never be done; the saga goes back. */
export function missPivot(turn: Turn, record: StepRecord, changes: Partial<StepRecord>): void {
  settle(turn, record, changes);
  skipResolve(turn, record.step);
}

/** Reads the answer to the resolve command: what it says of the pivot, or undefined when it says nothing that is known. */
export function applyResolution(turn: Turn, resolve: StepRecord, reply: Reply): 'decided' | 'unclear' {
  const record = findRecord(turn.saga, resolve.step, 'forward');
  const outcome = reply.result?.outcome;
  if (!record || (outcome !== 'already_confirmed' && outcome !== 'aborted')) return 'unclear';
  settle(turn, resolve, { state: 'succeeded', outcome: 'done', error: null });
  if (outcome === 'already_confirmed') passPivot(turn, record, { state: 'succeeded', outcome: 'done', error: null });
  else missPivot(turn, record, { state: 'refused', error: { code: 'saga.timed_out', detail: null } });
  return 'decided';
}

function skipResolve(turn: Turn, step: string): void {
  const resolve = findRecord(turn.saga, step, 'resolve');
  if (resolve && (isActive(resolve) || isStuck(resolve))) settle(turn, resolve, { state: 'skipped' });
}
