import type { Direction, StepKind } from '../engine/definition.ts';
import {
  type CancelRequest,
  type Failure,
  findRecord,
  isActive,
  isStuck,
  type Phase,
  type ReplyOutcome,
  recordKey,
  type SagaInstance,
  type StepRecord,
  type StepState,
  stateOf,
} from '../engine/instance.ts';
import type { StoredEvent, StoredSaga } from './stored-saga.ts';

export interface SagaRow {
  readonly id: string;
  readonly type: string;
  readonly definition_version: number;
  readonly order_id: number;
  readonly user_id: number;
  readonly phase: Phase;
  readonly pivot_passed: boolean;
  readonly cancel: CancelRequest | null;
  readonly failure: Failure | null;
  readonly paused_at: Date | null;
  readonly attention_code: 'step.refused' | 'step.slow' | null;
  readonly attention_at: Date | null;
  readonly next_wakeup_at: Date | null;
  readonly data: unknown;
  readonly traceparent: string | null;
  readonly version: number;
  readonly last_seq: number;
  readonly created_at: Date;
  readonly state_entered_at: Date;
  readonly ended_at: Date | null;
}

export interface StepRow {
  readonly saga_id: string;
  readonly step: string;
  readonly direction: Direction;
  readonly kind: StepKind;
  readonly state: StepState;
  readonly attempt: number;
  readonly spent: number;
  readonly first_sent_at: Date;
  readonly last_sent_at: Date;
  readonly wake_at: Date | null;
  readonly settled_at: Date | null;
  readonly outcome: ReplyOutcome | null;
  readonly error_code: string | null;
  readonly error_detail: string | null;
}

export const sagaColumns = [
  ...['id', 'type', 'definition_version', 'order_id', 'user_id', 'phase', 'pivot_passed', 'cancel', 'failure'],
  ...['paused_at', 'attention_code', 'attention_at', 'next_wakeup_at', 'data', 'traceparent', 'version', 'last_seq'],
  ...['created_at', 'state_entered_at', 'ended_at'],
] as const;

export function toStoredSaga(row: SagaRow, steps: readonly StepRow[]): StoredSaga {
  return {
    instance: toInstance(row, steps),
    userId: row.user_id,
    version: row.version,
    lastSeq: row.last_seq,
    traceparent: row.traceparent,
    createdAtMs: row.created_at.getTime(),
    stateEnteredAtMs: row.state_entered_at.getTime(),
    endedAtMs: msOf(row.ended_at),
    wakeupAtMs: msOf(row.next_wakeup_at),
  };
}

function toInstance(row: SagaRow, steps: readonly StepRow[]): SagaInstance {
  const { attention_code: code, attention_at: at } = row;
  return {
    id: row.id,
    type: row.type,
    definitionVersion: row.definition_version,
    orderId: row.order_id,
    phase: row.phase,
    pivotPassed: row.pivot_passed,
    cancel: row.cancel,
    failure: row.failure,
    pausedAtMs: msOf(row.paused_at),
    attention: code === null || at === null ? null : { code, sinceMs: at.getTime() },
    data: row.data,
    steps: Object.fromEntries(steps.map((step) => [recordKey(step.step, step.direction), toRecord(step)])),
  };
}

function toRecord(row: StepRow): StepRecord {
  return {
    step: row.step,
    direction: row.direction,
    kind: row.kind,
    state: row.state,
    attempt: row.attempt,
    spent: row.spent,
    firstSentAtMs: row.first_sent_at.getTime(),
    lastSentAtMs: row.last_sent_at.getTime(),
    wakeAtMs: msOf(row.wake_at),
    settledAtMs: msOf(row.settled_at),
    outcome: row.outcome,
    error: row.error_code === null ? null : { code: row.error_code, detail: row.error_detail },
  };
}

/**
 * The row of a saga as JSON, for `json_to_recordset`, to which a missing key is null; a new one has the expected version 0. What never
 * changes is told of new ones only.
 */
export function sagaJson(saga: StoredSaga, expectedVersion: number, updatedAtMs: number): object {
  const { instance } = saga;
  const current = Object.values(instance.steps).filter((record) => isActive(record) || isStuck(record));
  const retries = current.filter(({ state, attempt }) => state === 'retry_wait' || attempt > 1);
  const nextRetry = current.flatMap(({ wakeAtMs }) => (wakeAtMs === null ? [] : [wakeAtMs]));
  // What stands in the way now comes before why the saga went back.
  const lastError = current.find(({ error }) => error !== null)?.error ?? instance.failure;
  return {
    id: instance.id,
    ...(expectedVersion === 0 ? lastingFacts(saga) : {}),
    state: stateOf(instance),
    phase: instance.phase,
    pivot_passed: instance.pivotPassed,
    cancel: instance.cancel ?? undefined,
    failure: instance.failure ?? undefined,
    paused_at: textOf(instance.pausedAtMs),
    attention_code: instance.attention?.code,
    attention_at: textOf(instance.attention?.sinceMs ?? null),
    current_steps: current.map(({ step }) => step),
    attempt: Math.max(0, ...current.map(({ attempt }) => attempt)),
    retrying: retries.length > 0,
    next_retry_at: textOf(nextRetry.length === 0 ? null : Math.min(...nextRetry)),
    last_error_code: lastError?.code,
    next_wakeup_at: textOf(saga.wakeupAtMs),
    version: saga.version,
    last_seq: saga.lastSeq,
    updated_at: textOf(updatedAtMs),
    state_entered_at: textOf(saga.stateEnteredAtMs),
    ended_at: textOf(saga.endedAtMs),
    expected_version: expectedVersion,
  };
}

function lastingFacts(saga: StoredSaga): object {
  const { instance } = saga;
  return {
    type: instance.type,
    definition_version: instance.definitionVersion,
    order_id: instance.orderId,
    user_id: saga.userId,
    data: instance.data,
    traceparent: saga.traceparent ?? undefined,
    created_at: textOf(saga.createdAtMs),
  };
}

/** The rows of the steps that differ between two instances, as JSON without what is null. */
export function changedSteps(before: SagaInstance, after: SagaInstance): readonly object[] {
  const changed = Object.values(after.steps).filter(
    (record) => findRecord(before, record.step, record.direction) !== record,
  );
  return changed.map((record) => ({
    saga_id: after.id,
    step: record.step,
    direction: record.direction,
    kind: record.kind,
    state: record.state,
    attempt: record.attempt,
    spent: record.spent,
    first_sent_at: textOf(record.firstSentAtMs),
    last_sent_at: textOf(record.lastSentAtMs),
    wake_at: textOf(record.wakeAtMs),
    settled_at: textOf(record.settledAtMs),
    outcome: record.outcome ?? undefined,
    error_code: record.error?.code,
    error_detail: record.error?.detail ?? undefined,
  }));
}

/** A line of a timeline as JSON without what is not there. */
export function eventJson(event: StoredEvent): object {
  return {
    saga_id: event.sagaId,
    seq: event.seq,
    at: textOf(event.atMs),
    kind: event.kind,
    step: event.step,
    direction: event.direction,
    attempt: event.attempt,
    message_id: event.messageId,
    causation_id: event.causationId,
    actor: event.actor,
    reason: event.reason,
    detail: event.detail,
  };
}

function msOf(date: Date | null): number | null {
  return date === null ? null : date.getTime();
}

/** Undefined for null: what is undefined is left out of JSON. */
function textOf(ms: number | null): string | undefined {
  return ms === null ? undefined : new Date(ms).toISOString();
}
