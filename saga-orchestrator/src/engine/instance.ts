import type { Direction, StepKind } from './definition.ts';

/** Where a saga is going; the last two are its ends. */
export type Phase = 'running' | 'compensating' | 'completed' | 'compensated';

/** What an operator sees: the phase, unless somebody or something holds the saga. */
export type SagaState = Phase | 'paused' | 'needs_attention';

export type StepState =
  | 'pending'
  | 'in_flight'
  | 'retry_wait'
  | 'succeeded'
  | 'refused'
  | 'unknown'
  | 'skipped'
  | 'compensated'
  | 'resolved_manually';

/** What a participant answers: the first, second and last are conclusive, the others mean that it may be asked again. */
export type ReplyOutcome = 'done' | 'refused' | 'transient' | 'expired' | 'tombstoned';

export interface StepError {
  readonly code: string;
  readonly detail: string | null;
}

/** One direction of one step, from its first command on. Times are milliseconds since 1970 by the database's clock. */
export interface StepRecord {
  readonly step: string;
  readonly direction: Direction;
  readonly kind: StepKind;
  readonly state: StepState;
  /** Number of the last command sent, from 1. */
  readonly attempt: number;
  /** Attempts that count against the step's limit: those sent because an answer was late or transient, on time. */
  readonly spent: number;
  readonly firstSentAtMs: number;
  readonly lastSentAtMs: number;
  /** In flight: when the answer is overdue. Waiting to retry: when it is sent again. Else null. */
  readonly wakeAtMs: number | null;
  readonly settledAtMs: number | null;
  /** The last outcome that was applied. */
  readonly outcome: ReplyOutcome | null;
  readonly error: StepError | null;
}

export interface CancelRequest {
  /** The order itself (its row says so), or an operator of sagas. */
  readonly by: 'order' | 'operator';
  readonly actor: string | null;
  readonly reason: string | null;
}

/** Why a saga goes back: the first cause, never replaced. */
export interface Failure extends StepError {
  readonly step: string | null;
}

export interface Attention {
  readonly code: 'step.refused' | 'step.slow';
  readonly sinceMs: number;
}

/** Everything the engine knows of one saga. */
export interface SagaInstance {
  readonly id: string;
  readonly type: string;
  readonly definitionVersion: number;
  readonly orderId: number;
  readonly phase: Phase;
  readonly pivotPassed: boolean;
  readonly cancel: CancelRequest | null;
  readonly failure: Failure | null;
  readonly pausedAtMs: number | null;
  readonly attention: Attention | null;
  /** What the commands are made from; written at the start, never changed. */
  readonly data: unknown;
  /** By step and direction (`recordKey`), each from its first command on. */
  readonly steps: Readonly<Record<string, StepRecord>>;
}

export function recordKey(step: string, direction: Direction): string {
  return `${step}:${direction}`;
}

export function findRecord(saga: SagaInstance, step: string, direction: Direction): StepRecord | undefined {
  return saga.steps[recordKey(step, direction)];
}

/** An answer is awaited, or the next attempt is. */
export function isActive(record: StepRecord): boolean {
  return record.state === 'in_flight' || record.state === 'retry_wait';
}

/** The step's effect stands. */
export function isDone(record: StepRecord | undefined): boolean {
  return record?.state === 'succeeded' || (record?.state === 'resolved_manually' && record.outcome === 'done');
}

/** Asked for a limited number of times: what can still be undone or aborted. Everything else is asked for ever. */
export function isBounded({ kind, direction }: Pick<StepRecord, 'kind' | 'direction'>): boolean {
  return direction === 'forward' && kind !== 'retriable';
}

/** Refused though it may not be: only an operator can go on from here. */
export function isStuck(record: StepRecord): boolean {
  return record.state === 'refused' && !isBounded(record);
}

export function isOver(saga: SagaInstance): boolean {
  return saga.phase === 'completed' || saga.phase === 'compensated';
}

/** The state as operators see it. */
export function stateOf(saga: SagaInstance): SagaState {
  if (isOver(saga)) return saga.phase;
  if (saga.pausedAtMs !== null) return 'paused';
  return Object.values(saga.steps).some(isStuck) ? 'needs_attention' : saga.phase;
}

/** When the saga must be looked at next; null when it is over or paused, or nothing is awaited. */
export function nextWakeupMs(saga: SagaInstance): number | null {
  if (isOver(saga) || saga.pausedAtMs !== null) return null;
  const wakeups = Object.values(saga.steps).flatMap(({ wakeAtMs }) => (wakeAtMs === null ? [] : [wakeAtMs]));
  return wakeups.length === 0 ? null : Math.min(...wakeups);
}
