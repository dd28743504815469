import { send } from './commands.ts';
import { startCompensation } from './compensation.ts';
import type { AnyStep, Group } from './definition.ts';
import { isDone, isStuck, type SagaInstance, type StepRecord } from './instance.ts';
import { giveUp, isPivotOpen, resolvePivot } from './pivot.ts';
import { change, fail, recordOf, type Turn } from './turn.ts';

/** The saga is to go back, and still can: something failed, or somebody cancels. */
export function mustGoBack(saga: SagaInstance): boolean {
  return !saga.pivotPassed && (saga.failure !== null || saga.cancel !== null);
}

/** Sends what comes next on the way forward; turns back or completes when it is time. */
export function goForward(turn: Turn): void {
  const group = turn.definition.groups.find((steps) => steps.some((step) => !isDone(forwardOf(turn, step))));
  if (!group) {
    change(turn, { phase: 'completed' });
    return;
  }
  noteFailure(turn, group);
  if (mustGoBack(turn.saga)) turnBack(turn, group);
  else sendGroup(turn, group);
}

function sendGroup(turn: Turn, group: Group<never>): void {
  for (const step of group) {
    const record = forwardOf(turn, step);
    if (!record) send(turn, step, 'forward');
    else if (record.state === 'unknown' && isOpenPivot(turn, record)) resolvePivot(turn, step);
  }
}

/** A step that was refused or is unknown sends the saga back; a refused one after the pivot cannot, and waits for an operator. */
function noteFailure(turn: Turn, group: Group<never>): void {
  for (const step of group) {
    const record = forwardOf(turn, step);
    if (!record || isStuck(record)) continue;
    const failed = record.state === 'refused' || (record.state === 'unknown' && step.kind !== 'pivot');
    const error = record.error ?? { code: 'saga.timed_out', detail: null };
    if (failed || isRefusedByHand(record)) fail(turn, { ...error, step: step.name });
  }
}

function isRefusedByHand(record: StepRecord): boolean {
  return record.state === 'resolved_manually' && record.outcome === 'refused';
}

/** Waits for what is in flight beside the failure, since its answer is worth having, but tries nothing anew. */
function turnBack(turn: Turn, group: Group<never>): void {
  for (const step of group) {
    const record = forwardOf(turn, step);
    if (record?.state === 'retry_wait') giveUp(turn, record);
  }
  const records = group.map((step) => forwardOf(turn, step));
  if (records.some((record) => record?.state === 'in_flight')) return;
  const open = group.find((_step, index) => isOpenPivot(turn, records[index]));
  if (open) resolvePivot(turn, open);
  else startCompensation(turn);
}

function isOpenPivot(turn: Turn, record: StepRecord | undefined): boolean {
  return record !== undefined && isPivotOpen(turn.saga, record);
}

function forwardOf(turn: Turn, step: AnyStep): StepRecord | undefined {
  return recordOf(turn, step, 'forward');
}
