import type { AnyDefinition, AnyStep, Direction } from './definition.ts';
import type { SagaInput } from './input.ts';
import { type Failure, findRecord, isActive, recordKey, type SagaInstance, type StepRecord } from './instance.ts';
import type { LinkedSaga, OutgoingCommand, TimelineEntry, TimelineKind } from './output.ts';

/** The work on one input: `saga` is replaced, never changed in place, and what must leave is gathered beside it. */
export interface Turn {
  readonly definition: AnyDefinition;
  readonly atMs: number;
  saga: SagaInstance;
  readonly commands: OutgoingCommand[];
  readonly timeline: TimelineEntry[];
  readonly linked: LinkedSaga[];
}

export function openTurn(definition: AnyDefinition, saga: SagaInstance, input: SagaInput): Turn {
  return { definition, atMs: input.atMs, saga, commands: [], timeline: [], linked: [] };
}

/** Adds a line to the timeline. */
export function tell(turn: Turn, kind: TimelineKind, facts: Omit<TimelineEntry, 'kind' | 'atMs'> = {}): void {
  turn.timeline.push({ kind, atMs: turn.atMs, ...facts });
}

export function change(turn: Turn, changes: Partial<SagaInstance>): void {
  turn.saga = { ...turn.saga, ...changes };
}

export function put(turn: Turn, record: StepRecord): void {
  change(turn, { steps: { ...turn.saga.steps, [recordKey(record.step, record.direction)]: record } });
}

/** Ends the waiting of a record in the given state. */
export function settle(turn: Turn, record: StepRecord, changes: Partial<StepRecord>): void {
  put(turn, { ...record, wakeAtMs: null, settledAtMs: turn.atMs, ...changes });
}

export function recordOf(turn: Turn, step: AnyStep, direction: Direction): StepRecord | undefined {
  return findRecord(turn.saga, step.name, direction);
}

/** The records for which an answer or the next attempt is awaited. */
export function activeRecords(turn: Turn): readonly StepRecord[] {
  return Object.values(turn.saga.steps).filter(isActive);
}

/** Notes the first cause for going back; later ones change nothing. */
export function fail(turn: Turn, failure: Failure): void {
  if (!turn.saga.failure) change(turn, { failure });
}
