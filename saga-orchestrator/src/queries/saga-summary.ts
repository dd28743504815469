import type { SagaSummary } from '../contract/saga-list.ts';
import type { SagaState } from '../engine/instance.ts';

export const summaryColumns = [
  ...['id', 'type', 'version', 'definition_version', 'order_id', 'user_id', 'state', 'current_steps', 'attempt'],
  ...[
    'retrying',
    'next_retry_at',
    'last_error_code',
    'attention_code',
    'pivot_passed',
    'cancel',
    'created_at',
    'updated_at',
  ],
  'state_entered_at',
] as const;

export interface SummaryRow {
  readonly id: string;
  readonly type: string;
  readonly version: number;
  readonly definition_version: number;
  readonly order_id: number;
  readonly user_id: number;
  readonly state: SagaState;
  readonly current_steps: string[];
  readonly attempt: number;
  readonly retrying: boolean;
  readonly next_retry_at: Date | null;
  readonly last_error_code: string | null;
  readonly attention_code: string | null;
  readonly pivot_passed: boolean;
  readonly cancel: object | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly state_entered_at: Date;
  /** The database's clock at the query. */
  readonly now: Date;
}

export function toSummary(row: SummaryRow): SagaSummary {
  return {
    id: row.id,
    type: row.type,
    version: row.version,
    definition_version: row.definition_version,
    order_id: row.order_id,
    user_id: row.user_id,
    state: row.state,
    step: row.current_steps[0] ?? null,
    current_steps: row.current_steps,
    attempt: row.attempt,
    retrying: row.retrying,
    next_retry_at: row.next_retry_at?.toISOString() ?? null,
    in_state_ms: Math.max(0, row.now.getTime() - row.state_entered_at.getTime()),
    last_error_code: row.last_error_code,
    attention_code: row.attention_code,
    pivot_passed: row.pivot_passed,
    cancel_requested: row.cancel !== null,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}
