import type { Db } from '@sagacity/chassis/db/database';
import { runSql } from '@sagacity/chassis/db/run-sql';

export interface StateGauge {
  readonly state: string;
  readonly sagas: number;
  readonly oldest_s: number;
  readonly attention: number;
}

/** How many sagas are in which state that is no end, and for how long the oldest of them has been. */
export async function countActiveSagas(db: Db): Promise<readonly StateGauge[]> {
  const { rows } = await runSql<StateGauge>(
    db,
    `SELECT state, count(*) AS sagas, extract(epoch FROM clock_timestamp() - min(state_entered_at))::float8 AS oldest_s,
       count(attention_code) AS attention
     FROM sagas WHERE ended_at IS NULL GROUP BY state`,
  );
  return rows;
}

/** By how many seconds the timer that is due longest is late; 0 when none is. */
export async function timersOverdueSeconds(db: Db): Promise<number> {
  const { rows } = await runSql<{ late_s: number | null }>(
    db,
    `SELECT extract(epoch FROM clock_timestamp() - min(next_wakeup_at))::float8 AS late_s
     FROM sagas WHERE next_wakeup_at IS NOT NULL`,
  );
  return Math.max(0, rows[0]?.late_s ?? 0);
}
