/** One row of an outbox, as it is read. */
export interface OutboxRow {
  readonly id: number;
  readonly message_id: string;
  readonly exchange: string;
  readonly routing_key: string;
  readonly aggregate_type: string;
  readonly aggregate_id: string;
  readonly aggregate_version: number;
  /** JSON: correlation_id, causation_id, traceparent. */
  readonly headers: string | null;
  readonly payload: string;
  /** Seconds since 1970. */
  readonly created_at: number;
}

/** What identifies the aggregate of a row. */
export function aggregateKey(row: Pick<OutboxRow, 'aggregate_type' | 'aggregate_id'>): string {
  return JSON.stringify([row.aggregate_type, row.aggregate_id]);
}
