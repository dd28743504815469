import type { SagaInstance } from '../engine/instance.ts';
import type { TimelineEntry } from '../engine/output.ts';

/** A saga as it is kept: the engine's instance, and what belongs to the row. Times are milliseconds since 1970. */
export interface StoredSaga {
  readonly instance: SagaInstance;
  readonly userId: number;
  /** Grows by one with each change; 0 when it is not stored yet. */
  readonly version: number;
  /** Number of the last line of its timeline. */
  readonly lastSeq: number;
  readonly traceparent: string | null;
  readonly createdAtMs: number;
  readonly stateEnteredAtMs: number;
  readonly endedAtMs: number | null;
  /** When the timers look at it next: never later than its engine needs, sometimes earlier. */
  readonly wakeupAtMs: number | null;
}

/** A line of a timeline as it is kept. */
export interface StoredEvent extends TimelineEntry {
  readonly sagaId: string;
  readonly seq: number;
  readonly causationId?: string;
}

/** A saga before and after a transaction, with the lines that were added. */
export interface SagaChange {
  readonly before: StoredSaga;
  readonly after: StoredSaga;
  readonly events: readonly StoredEvent[];
}
