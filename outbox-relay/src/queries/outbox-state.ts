import pg from 'pg';
import { leaseKey } from '../lane/lease.ts';

/** How an outbox stands. */
export interface OutboxState {
  readonly database: string;
  /** Rows that wait, estimated by the range of their ids: counting them would read them all. */
  readonly backlog: number;
  readonly oldestAgeMs: number;
  readonly dead: number;
  /** Aggregates that wait for a failed row. */
  readonly blocked: number;
  /** The instance that drains it; null when none does. */
  readonly leaseHolder: string | null;
  /** Since when an operator has it paused, and why; null when it is not. */
  readonly pausedSince: Date | null;
  readonly pauseReason: string | null;
}

const statement = `
  SELECT
    coalesce(last.id - first.id + 1, 0)::float8 AS backlog,
    coalesce(greatest(date_part('epoch', clock_timestamp() - first.created_at), 0) * 1000, 0) AS "oldestAgeMs",
    (SELECT count(*) FROM outbox_dead)::float8 AS dead,
    (SELECT count(*) FROM outbox_blocked)::float8 AS blocked,
    (SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)
     WHERE locktype = 'advisory' AND classid = $1 AND objid = $2 AND objsubid = 2 AND granted
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS "leaseHolder",
    (SELECT since FROM outbox_pause) AS "pausedSince",
    (SELECT reason FROM outbox_pause) AS "pauseReason"
  FROM (SELECT) AS one
  LEFT JOIN (SELECT id, created_at FROM outbox ORDER BY id LIMIT 1) AS first ON true
  LEFT JOIN (SELECT id FROM outbox ORDER BY id DESC LIMIT 1) AS last ON true`;

/** The query whose one row is the state of the database in which it is asked. */
export function outboxStateQuery() {
  return { text: statement, values: [leaseKey.classId, leaseKey.objectId] };
}

/** Reads the state of one outbox over a pool of its own, so that looking never disturbs draining. */
export interface OutboxReader {
  read(): Promise<OutboxState>;
  close(): Promise<void>;
}

export function createOutboxReader(options: {
  readonly database: string;
  readonly url: string;
  readonly onError: (error: unknown) => void;
}): OutboxReader {
  const pool = new pg.Pool({
    connectionString: options.url,
    application_name: 'outbox-relay reader',
    max: 1,
    idleTimeoutMillis: 30_000,
    connectionTimeoutMillis: 2_000,
    statement_timeout: 2_000,
    query_timeout: 3_000,
  });
  pool.on('error', options.onError);
  return {
    read: async () => {
      const { rows } = await pool.query<Omit<OutboxState, 'database'>>(outboxStateQuery());
      const [row] = rows;
      if (!row) throw new Error('the outbox state has no row');
      return { database: options.database, ...row };
    },
    close: () => pool.end(),
  };
}
