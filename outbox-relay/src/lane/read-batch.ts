import type { OutboxRow } from './row.ts';
import type { Session } from './session.ts';

/** Most bytes of payload in one read, so that a batch of large messages does not fill the memory. */
const mostBytes = 8 * 1024 * 1024;

const mostBytesPerRow = 1024 * 1024;
const mostBytesPerCharacter = 4;

export interface Batch {
  readonly rows: readonly OutboxRow[];
  /** True when there may be more rows than were read. */
  readonly isFull: boolean;
}

const columns = `id, message_id, exchange, routing_key, aggregate_type, aggregate_id, aggregate_version, headers, payload,
  date_part('epoch', created_at) AS created_at`;

/** Planned once, which costs ten times what a short read does; the ids in flight are hashed, however many there are. */
const statement = `
  SELECT ${columns}
  FROM (
    SELECT next.*, sum(octet_length(payload)) OVER (ORDER BY id) - octet_length(payload) AS bytes_before
    FROM (
      SELECT * FROM outbox
      WHERE id > $1 AND id <= $5 AND id NOT IN (SELECT unnest($2::bigint[]))
        AND NOT EXISTS (
          SELECT FROM outbox_blocked AS blocked
          WHERE blocked.aggregate_type = outbox.aggregate_type AND blocked.aggregate_id = outbox.aggregate_id)
      ORDER BY id LIMIT $3
    ) AS next
  ) AS sized
  WHERE bytes_before < $4
  ORDER BY id`;

/**
 * The next rows by id above the low-water mark, up to a boundary where one is given, without those in flight and those of blocked
 * aggregates; autocommit and without row locks. Reading on from the last id instead would miss a lower one that commits later. Per aggregate nothing is overtaken: the writer holds
 * the aggregate's row while it appends, so whoever sees a message sees the earlier ones, too.
 */
export async function readBatch(
  session: Session,
  {
    above,
    upTo = Number.MAX_SAFE_INTEGER,
    inFlight,
    limit,
  }: { above: number; upTo?: number; inFlight: Iterable<number>; limit: number },
): Promise<Batch> {
  const passed = [...inFlight];
  const values = [above, passed, limit, mostBytes, upTo];
  const { rows } = await session.query<OutboxRow>({ name: 'read-batch', text: statement, values });
  const characters = rows.reduce((sum, { payload }) => sum + payload.length, 0);
  return { rows, isFull: rows.length === limit || characters * mostBytesPerCharacter > mostBytes - mostBytesPerRow };
}

const dueStatement = `
  SELECT ${columns.replaceAll(/\bid\b/g, 'outbox.id')}
  FROM (SELECT outbox_id FROM outbox_blocked WHERE until <= now() AND outbox_id <> ALL ($1::bigint[]) ORDER BY until LIMIT $2) AS due
  JOIN outbox ON outbox.id = due.outbox_id
  ORDER BY outbox.id`;

/** The rows that block their aggregate and are due for another attempt: each is the first of its aggregate, and goes alone. */
export async function readDueBlocked(
  session: Session,
  { inFlight, limit }: { inFlight: Iterable<number>; limit: number },
): Promise<OutboxRow[]> {
  const values = [[...inFlight], limit];
  return (await session.query<OutboxRow>({ name: 'read-due-blocked', text: dueStatement, values })).rows;
}
