import type { LaneLimits } from './limits.ts';
import type { OutboxRow } from './row.ts';
import type { Session } from './session.ts';

/** A row that could not be delivered this time. */
export interface Failure {
  readonly row: OutboxRow;
  readonly reason: string;
  /** False when the fault is not the row's: then the attempt does not count. */
  readonly counts: boolean;
  /** Whether enough of them bury the row in outbox_dead. */
  readonly mayDie: boolean;
}

export interface FailureResult {
  readonly dead: readonly OutboxRow[];
}

const countAttempts = `
  UPDATE outbox
  SET attempts = least(attempts + failed.counts, 32000), last_error = failed.reason,
    next_attempt_at = now() + make_interval(secs => least($4, $3 * 2 ^ least(attempts, 20)))
  FROM unnest($1::bigint[], $2::text[], $5::smallint[]) AS failed (id, reason, counts)
  WHERE outbox.id = failed.id
  RETURNING outbox.id, attempts`;

const bury = `
  WITH buried AS (DELETE FROM outbox WHERE id = ANY ($1::bigint[]) RETURNING *)
  INSERT INTO outbox_dead SELECT buried.*, now() FROM buried`;

const block = `
  INSERT INTO outbox_blocked (aggregate_type, aggregate_id, outbox_id, until, reason)
  SELECT DISTINCT ON (aggregate_type, aggregate_id) aggregate_type, aggregate_id, id, next_attempt_at, last_error
  FROM outbox WHERE id = ANY ($1::bigint[])
  ORDER BY aggregate_type, aggregate_id, id
  ON CONFLICT (aggregate_type, aggregate_id) DO UPDATE
  SET outbox_id = least(outbox_blocked.outbox_id, excluded.outbox_id), until = excluded.until, reason = excluded.reason`;

/**
 * Counts the failures, and lets the aggregates of the rows wait until the next attempt, in one transaction.
 * A row that has reached the limit moves to outbox_dead; unblockSettled then lets its aggregate go on.
 */
export async function recordFailures(
  session: Session,
  failures: readonly Failure[],
  policy: Pick<LaneLimits, 'attemptsLimit' | 'minDelayMs' | 'maxDelayMs'>,
): Promise<FailureResult> {
  await session.query({ text: 'BEGIN' });
  const { rows } = await session.query<{ id: number; attempts: number }>({
    text: countAttempts,
    values: [
      failures.map(({ row }) => row.id),
      failures.map(({ reason }) => reason.slice(0, 500)),
      policy.minDelayMs / 1_000,
      policy.maxDelayMs / 1_000,
      failures.map(({ counts }) => (counts ? 1 : 0)),
    ],
  });
  const attempts = new Map(rows.map(({ id, attempts }) => [id, attempts]));
  const isDead = ({ row, mayDie }: Failure) => mayDie && (attempts.get(row.id) ?? 0) >= policy.attemptsLimit;
  const dead = failures.filter(isDead).map(({ row }) => row);
  const alive = failures.filter((failure) => !isDead(failure)).map(({ row }) => row.id);
  if (dead.length > 0) {
    const ids = dead.map(({ id }) => id);
    await session.query({ text: bury, values: [ids] });
  }
  if (alive.length > 0) await session.query({ text: block, values: [alive] });
  await session.query({ text: 'COMMIT' });
  return { dead };
}

const deleteRows = 'DELETE FROM outbox WHERE id = ANY ($1::bigint[])';

/** Deletes what was delivered. */
export async function deletePublished(session: Session, ids: readonly number[]): Promise<void> {
  await session.query({ name: 'delete-published', text: deleteRows, values: [ids] });
}

const unblockOrphans = `
  DELETE FROM outbox_blocked
  WHERE until <= now() AND NOT EXISTS (SELECT FROM outbox WHERE outbox.id = outbox_blocked.outbox_id)`;

/** Lets the aggregates go on whose blocking row is delivered, buried or removed by an operator; also after a crash between the two. */
export async function unblockSettled(session: Session): Promise<void> {
  await session.query({ name: 'unblock-settled', text: unblockOrphans });
}
