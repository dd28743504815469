import type { Db } from '@sagacity/chassis/db/database';
import { runSql } from '@sagacity/chassis/db/run-sql';
import type { StatsAnswer } from '../contract/saga-stats.ts';
import { timersOverdueSeconds } from '../persistence/saga-gauges.ts';

type Active = StatsAnswer['active'][number];
type Ended = StatsAnswer['ended'][number];
type Minute = Omit<StatsAnswer['throughput'][number], 'minute'> & { readonly minute: Date };

/** What goes on now, and what came to its end in the last minutes. */
export async function readStats(db: Db, windowMinutes: number): Promise<StatsAnswer> {
  const [active, ended, minutes, overdue] = await Promise.all([
    readActive(db),
    readEnded(db, windowMinutes),
    readThroughput(db, windowMinutes),
    timersOverdueSeconds(db),
  ]);
  return {
    at: new Date().toISOString(),
    window_minutes: windowMinutes,
    active,
    ended,
    throughput: minutes.map(({ minute, ...counts }) => ({ minute: minute.toISOString(), ...counts })),
    timers_overdue_s: overdue,
  };
}

async function readActive(db: Db): Promise<Active[]> {
  const { rows } = await runSql<Active>(
    db,
    `SELECT state, count(*) AS count, extract(epoch FROM clock_timestamp() - min(state_entered_at))::float8 AS oldest_s,
       count(*) FILTER (WHERE retrying) AS retrying, count(attention_code) AS attention
     FROM sagas WHERE ended_at IS NULL GROUP BY state ORDER BY state`,
  );
  return rows;
}

async function readEnded(db: Db, windowMinutes: number): Promise<Ended[]> {
  const { rows } = await runSql<Ended>(
    db,
    `SELECT type, state, count(*) AS count,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM ended_at - created_at))::float8 AS p50_s,
       percentile_cont(0.99) WITHIN GROUP (ORDER BY extract(epoch FROM ended_at - created_at))::float8 AS p99_s
     FROM sagas WHERE ended_at > clock_timestamp() - ? * interval '1 minute' GROUP BY type, state ORDER BY type, state`,
    [windowMinutes],
  );
  return rows;
}

async function readThroughput(db: Db, windowMinutes: number): Promise<Minute[]> {
  const { rows } = await runSql<Minute>(
    db,
    `SELECT minute, coalesce(started, 0) AS started, coalesce(completed, 0) AS completed, coalesce(compensated, 0) AS compensated
     FROM generate_series(date_trunc('minute', now()) - (?::integer - 1) * interval '1 minute', now(), interval '1 minute') AS minute
     LEFT JOIN (
       SELECT date_trunc('minute', created_at) AS minute, count(*) AS started FROM sagas
       WHERE created_at > now() - ?::integer * interval '1 minute' GROUP BY 1
     ) AS begun USING (minute)
     LEFT JOIN (
       SELECT date_trunc('minute', ended_at) AS minute, count(*) FILTER (WHERE phase = 'completed') AS completed,
         count(*) FILTER (WHERE phase = 'compensated') AS compensated
       FROM sagas WHERE ended_at > now() - ?::integer * interval '1 minute' GROUP BY 1
     ) AS over USING (minute)
     ORDER BY minute`,
    [windowMinutes, windowMinutes, windowMinutes],
  );
  return rows;
}
