import type { Db } from '@sagacity/chassis/db/database';
import { runSql } from '@sagacity/chassis/db/run-sql';
import type { DeadLetter } from '@sagacity/chassis/messaging/dead-letters';

export interface DeadLetterRow {
  readonly id: number;
  readonly message_id: string;
  readonly queue: string;
  readonly state: 'open' | 'replayed' | 'gone';
  /** How often it became a dead letter. */
  readonly times: number;
}

/** Keeps letters in one statement; one that is known, and has come back, is open again. */
export async function saveDeadLetters(db: Db, letters: readonly DeadLetter[]): Promise<void> {
  const rows = letters.map((letter) => ({
    message_id: letter.messageId,
    queue: letter.queue,
    type: letter.type,
    correlation_id: letter.correlationId,
    order_id: orderIdOf(letter.correlationId),
    reason_code: letter.code,
    reason_detail: letter.detail,
    retry_count: letter.retryCount,
    payload: letter.payload,
    failed_at: letter.failedAt,
  }));
  await runSql(
    db,
    `INSERT INTO dead_letters AS known (message_id, queue, type, correlation_id, order_id, reason_code, reason_detail, retry_count,
       payload, first_failed_at, last_failed_at)
     SELECT DISTINCT ON (message_id, queue) message_id, queue, type, correlation_id, order_id, reason_code, reason_detail, retry_count,
       payload, coalesce(failed_at, now()), coalesce(failed_at, now())
     FROM json_to_recordset(?::json) AS letter(message_id text, queue text, type text, correlation_id text, order_id integer,
       reason_code text, reason_detail text, retry_count integer, payload text, failed_at timestamptz)
     ORDER BY message_id, queue, failed_at DESC
     ON CONFLICT (message_id, queue) DO UPDATE SET state = 'open', reason_code = excluded.reason_code,
       reason_detail = excluded.reason_detail, retry_count = excluded.retry_count, last_failed_at = excluded.last_failed_at,
       times = known.times + 1
     WHERE known.last_failed_at < excluded.last_failed_at`,
    [JSON.stringify(rows, storable)],
  );
}

export async function findDeadLetter(db: Db, id: number): Promise<DeadLetterRow | undefined> {
  return db('dead_letters').where({ id }).first('id', 'message_id', 'queue', 'state', 'times');
}

/** Notes what became of a letter, unless it has come back in the meantime. */
export async function closeDeadLetter(
  db: Db,
  { id, times }: DeadLetterRow,
  end: { readonly state: 'replayed' | 'gone'; readonly actor: string; readonly reason: string },
): Promise<void> {
  await db('dead_letters')
    .where({ id, times })
    .update({ state: end.state, replayed_by: end.actor, replay_reason: end.reason, replayed_at: db.fn.now() });
}

export async function countOpenDeadLetters(db: Db): Promise<readonly { queue: string; letters: number }[]> {
  return db('dead_letters').where({ state: 'open' }).select('queue').count({ letters: '*' }).groupBy('queue');
}

/** A dead letter may carry anything, but PostgreSQL's texts hold neither NUL nor half a surrogate pair. */
function storable(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? value.replaceAll('\0', '\u{fffd}').toWellFormed() : value;
}

/** Orders give their number to all messages about them: `order-7`. */
function orderIdOf(correlationId: string | null): number | null {
  const [, digits] = /^order-(\d{1,9})$/.exec(correlationId ?? '') ?? [];
  return digits === undefined ? null : Number(digits);
}
