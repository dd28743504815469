import type { Direction } from './definition.ts';
import type { CancelRequest, ReplyOutcome } from './instance.ts';

/** A participant's answer to a command. */
export interface Reply {
  readonly messageId: string;
  readonly step: string;
  readonly direction: Direction;
  readonly attempt: number;
  readonly outcome: ReplyOutcome;
  readonly code: string | null;
  readonly detail: string | null;
  readonly retryAfterMs: number | null;
  readonly result: Readonly<Record<string, unknown>> | null;
}

export type OperatorAction = 'retry-now' | 'resolve-step' | 'pause' | 'resume' | 'cancel' | 'force-compensate';

/** What an operator orders; `step` and `outcome` belong to resolve-step. */
export interface OperatorOrder {
  readonly action: OperatorAction;
  readonly actor: string;
  readonly reason: string;
  readonly step?: string;
  readonly outcome?: 'done' | 'refused';
}

/** Everything that can happen to a saga. The time comes with it, from the database's clock. */
export type SagaInput =
  | { readonly kind: 'start'; readonly atMs: number }
  | { readonly kind: 'reply'; readonly atMs: number; readonly reply: Reply }
  | { readonly kind: 'timer'; readonly atMs: number }
  | { readonly kind: 'cancel'; readonly atMs: number; readonly cancel: CancelRequest; readonly messageId: string }
  | { readonly kind: 'operator'; readonly atMs: number; readonly order: OperatorOrder };
