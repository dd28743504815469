import type { Db } from '@sagacity/chassis/db/database';
import { runSql } from '@sagacity/chassis/db/run-sql';

/** A line of a saga's timeline, with where its saga stands now. */
export interface FeedLine {
  readonly saga_id: string;
  readonly seq: number;
  readonly at: Date;
  readonly kind: string;
  readonly step: string | null;
  readonly direction: string | null;
  readonly attempt: number | null;
  readonly order_id: number;
  readonly type: string;
  readonly state: string;
  readonly version: number;
}

/** What has come onto any timeline after a moment of the database's clock, oldest first, at most so many lines. */
export async function readFeed(db: Db, after: Date, limit: number): Promise<readonly FeedLine[]> {
  const { rows } = await runSql<FeedLine>(
    db,
    `SELECT e.saga_id, e.seq, e.at, e.kind, e.step, e.direction, e.attempt, s.order_id, s.type, s.state, s.version
     FROM saga_events e JOIN sagas s ON s.id = e.saga_id
     WHERE e.at > ? ORDER BY e.at, e.saga_id, e.seq LIMIT ?`,
    [after, limit],
  );
  return rows;
}

/** The database's clock. */
export async function readClock(db: Db): Promise<Date> {
  const { rows } = await runSql<{ now: Date }>(db, 'SELECT clock_timestamp() AS now');
  return rows[0]?.now ?? new Date(0);
}
