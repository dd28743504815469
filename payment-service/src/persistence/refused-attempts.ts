import type { Db } from '@sagacity/chassis/db/database';
import { runSql } from '@sagacity/chassis/db/run-sql';
import type { Operation } from '../domain/payment.ts';

/** How many payments wait for something that the provider has refused before, and for how long the oldest of them, in seconds. */
export async function countRefusedWaiting(
  db: Db,
): Promise<readonly { readonly operation: Operation; readonly payments: number; readonly oldest_s: number }[]> {
  const { rows } = await runSql<{ operation: Operation; payments: number; oldest_s: number }>(
    db,
    `SELECT open.operation, count(*)::integer AS payments,
       extract(epoch FROM clock_timestamp() - min(refused.since))::float8 AS oldest_s
     FROM payment_attempts AS open
     JOIN LATERAL (
       SELECT min(settled_at) AS since FROM payment_attempts AS r
       WHERE r.payment_id = open.payment_id AND r.operation = open.operation AND r.state = 'refused'
     ) AS refused ON refused.since IS NOT NULL
     WHERE open.state IN ('pending', 'unknown') AND open.operation <> 'authorise'
     GROUP BY open.operation`,
  );
  return rows;
}
