import { allEnded } from '@sagacity/chassis/db/all-ended';
import type { Trx } from '@sagacity/chassis/db/database';
import { plannedAsFew } from '@sagacity/chassis/db/prepared-statements';
import { readStatement, runSql, type Statement } from '@sagacity/chassis/db/run-sql';
import type { SagaCache } from './saga-cache.ts';
import {
  changedSteps,
  eventJson,
  type SagaRow,
  type StepRow,
  sagaColumns,
  sagaJson,
  toStoredSaga,
} from './saga-rows.ts';
import type { SagaChange, StoredSaga } from './stored-saga.ts';

export interface LockedSagas {
  /** The database's clock after the locks were taken, in whole milliseconds since 1970. */
  readonly nowMs: number;
  readonly sagas: readonly StoredSaga[];
}

/** What is read of each saga, with its lock. */
type LockedRow = Pick<SagaRow, 'id' | 'version' | 'next_wakeup_at'>;

const givenIds = `SELECT * FROM unnest(?::uuid[]) AS given_id ${plannedAsFew}`;

/**
 * Locks the sagas that exist among the ids, in the order of their ids, and reads those that the cache does not know at the version found.
 * The clock is a statement of its own on purpose, and so is what is read: a statement sees what was committed when it began, and the one
 * that locks may have begun long before it had all locks. It is told the version of each row as it is then, but nothing else is.
 * Who writes a saga holds its lock, so what is read under it is committed and stays as it is, whatever becomes of this transaction: it may
 * be remembered at once. That holds as long as this transaction has not written any of these sagas itself.
 */
export async function lockSagas(trx: Trx, ids: readonly string[], cache: SagaCache): Promise<LockedSagas> {
  const [{ rows: locked }, { rows: clock }] = await allEnded([
    runSql<LockedRow>(
      trx,
      `SELECT id, version, next_wakeup_at FROM (${givenIds}) AS given JOIN sagas ON id = given_id
       ORDER BY id FOR UPDATE OF sagas`,
      [[...ids]],
    ),
    runSql<{ now: Date }>(trx, 'SELECT clock_timestamp() AS now'),
  ]);
  const sagas: StoredSaga[] = [];
  const unknown: string[] = [];
  for (const { id, version, next_wakeup_at } of locked) {
    const known = cache.find(id, version);
    if (known) sagas.push({ ...known, wakeupAtMs: next_wakeup_at?.getTime() ?? null });
    else unknown.push(id);
  }
  const read = unknown.length === 0 ? [] : await readSagas(trx, unknown);
  for (const saga of read) cache.keep(saga);
  return { nowMs: (clock as [{ now: Date }])[0].now.getTime(), sagas: [...sagas, ...read] };
}

/** Reads sagas that are locked: without the locks, the two statements could see a saga and the steps of its next version. */
async function readSagas(trx: Trx, ids: readonly string[]): Promise<readonly StoredSaga[]> {
  const [{ rows }, { rows: steps }] = await allEnded([
    runSql<SagaRow>(trx, `SELECT ${sagaColumns.join(', ')} FROM (${givenIds}) AS given JOIN sagas ON id = given_id`, [
      [...ids],
    ]),
    runSql<StepRow>(trx, `SELECT saga_steps.* FROM (${givenIds}) AS given JOIN saga_steps ON saga_id = given_id`, [
      [...ids],
    ]),
  ]);
  const bySaga = Map.groupBy(steps, ({ saga_id }) => saga_id);
  return rows.map((row) => toStoredSaga(row, bySaga.get(row.id) ?? []));
}

const sagaRecord = `x(
  id uuid, type text, definition_version integer, order_id integer, user_id integer, state text, phase text,
  pivot_passed boolean, cancel jsonb, failure jsonb, paused_at timestamptz, attention_code text, attention_at timestamptz,
  current_steps text[], attempt integer, retrying boolean, next_retry_at timestamptz, last_error_code text,
  next_wakeup_at timestamptz, data jsonb, traceparent text, version integer, last_seq integer, created_at timestamptz,
  updated_at timestamptz, state_entered_at timestamptz, ended_at timestamptz, expected_version integer)`;

const insertedColumns = `id, type, definition_version, order_id, user_id, state, phase, pivot_passed, cancel, failure, paused_at,
  attention_code, attention_at, current_steps, attempt, retrying, next_retry_at, last_error_code, next_wakeup_at, data,
  traceparent, version, last_seq, created_at, updated_at, state_entered_at, ended_at`;

const updatedColumns = insertedColumns
  .split(',')
  .map((column) => column.trim())
  .filter(
    (column) =>
      !['id', 'type', 'definition_version', 'order_id', 'user_id', 'data', 'traceparent', 'created_at'].includes(
        column,
      ),
  )
  .map((column) => `${column} = x.${column}`)
  .join(', ');

const writeAll = `
  WITH x AS (SELECT * FROM json_to_recordset(?::json) AS ${sagaRecord} ${plannedAsFew}),
  inserted AS (
    INSERT INTO sagas (${insertedColumns}) SELECT ${insertedColumns} FROM x WHERE expected_version = 0 RETURNING id
  ),
  updated AS (
    UPDATE sagas SET ${updatedColumns} FROM x WHERE expected_version > 0 AND sagas.id = x.id AND sagas.version = expected_version
    RETURNING sagas.id
  ),
  steps AS (
    INSERT INTO saga_steps
    SELECT * FROM json_to_recordset(?::json) AS s(
      saga_id uuid, step text, direction text, kind text, state text, attempt integer, spent integer, first_sent_at timestamptz,
      last_sent_at timestamptz, wake_at timestamptz, settled_at timestamptz, outcome text, error_code text, error_detail text)
    ON CONFLICT (saga_id, step, direction) DO UPDATE SET
      state = excluded.state, attempt = excluded.attempt, spent = excluded.spent, first_sent_at = excluded.first_sent_at,
      last_sent_at = excluded.last_sent_at, wake_at = excluded.wake_at, settled_at = excluded.settled_at,
      outcome = excluded.outcome, error_code = excluded.error_code, error_detail = excluded.error_detail
  ),
  events AS (
    INSERT INTO saga_events
    SELECT * FROM json_to_recordset(?::json) AS e(
      saga_id uuid, seq integer, at timestamptz, kind text, step text, direction text, attempt integer, message_id uuid,
      causation_id text, actor text, reason text, detail jsonb)
  )
  SELECT CASE WHEN wanted = written THEN 0 ELSE format('%s of %s sagas were written: a version did not match', written, wanted)::int END
  FROM (SELECT ?::bigint AS wanted, (SELECT count(*) FROM inserted) + (SELECT count(*) FROM updated) AS written) AS sum`;

/**
 * Writes new and changed sagas with their steps and timelines in one statement. It fails when one of them is not as it was read: by
 * making a number of words, since nobody looks at what it answers.
 */
export function saveSagas(changes: readonly SagaChange[], nowMs: number): Statement {
  const sagas = changes.map(({ before, after }) => sagaJson(after, before.version, nowMs));
  const steps = changes.flatMap(({ before, after }) => changedSteps(before.instance, after.instance));
  const events = changes.flatMap((change) => change.events.map(eventJson));
  const records = [sagas, steps, events].map((rows) => JSON.stringify(rows));
  return readStatement(writeAll, [...records, changes.length]);
}
