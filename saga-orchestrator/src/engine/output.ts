import type { Direction } from './definition.ts';
import type { SagaInstance } from './instance.ts';

/** A command to be sent; its message id is given by whoever stores it. */
export interface OutgoingCommand {
  readonly step: string;
  readonly direction: Direction;
  readonly attempt: number;
  readonly type: string;
  /** The same for every attempt: a participant does the work of a key once and repeats its answer. */
  readonly idempotencyKey: string;
  /** After this moment a participant must not start it; null for what is asked for ever. */
  readonly deadlineAtMs: number | null;
  readonly data: object;
}

export type TimelineKind =
  | 'saga.started'
  | 'saga.start_repeated'
  | 'saga.linked'
  | 'state.changed'
  | 'command.sent'
  | 'reply.applied'
  | 'reply.duplicate'
  | 'reply.late'
  | 'reply.stale_attempt'
  | 'reply.orphan'
  | 'deadline.passed'
  | 'step.unknown'
  | 'cancel.requested'
  | 'cancel.repeated'
  | 'cancel.too_late'
  | 'attention.raised'
  | 'attention.cleared'
  | 'operator.retry-now'
  | 'operator.resolve-step'
  | 'operator.pause'
  | 'operator.resume'
  | 'operator.cancel'
  | 'operator.force-compensate';

/** One line of what happened to a saga; lines are only ever added. */
export interface TimelineEntry {
  readonly kind: TimelineKind;
  readonly atMs: number;
  readonly step?: string;
  readonly direction?: Direction;
  readonly attempt?: number;
  /** The message that came in; a command's own is filled in when it is stored. */
  readonly messageId?: string;
  readonly actor?: string;
  readonly reason?: string;
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** A saga to be started because of this one, for the same order. */
export interface LinkedSaga {
  readonly type: string;
  readonly reason: string | null;
}

/** What an input leads to. */
export interface Advance {
  readonly instance: SagaInstance;
  readonly commands: readonly OutgoingCommand[];
  readonly timeline: readonly TimelineEntry[];
  readonly linked: readonly LinkedSaga[];
}
