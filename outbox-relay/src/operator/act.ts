import type pg from 'pg';
import type { Print } from './print.ts';

/** Who acts, and why. */
export interface Actor {
  readonly by: string;
  readonly reason: string | undefined;
}

/** Every action is one statement together with its record, and does nothing where it was done before. */
const record = `INSERT INTO outbox_actions (done_by, action, outbox_id, message_id, routing_key, reason)`;

/** Sends dead messages again, under new ids, after all that waits now. */
export async function requeue(client: pg.Client, ids: readonly string[], { by, reason }: Actor, print: Print) {
  const all = ids.length === 1 && ids[0] === 'all';
  const { rows } = await client.query(
    `WITH chosen AS MATERIALIZED (
       SELECT id, message_id, routing_key FROM outbox_dead WHERE $1 OR id = ANY ($2::bigint[]) ORDER BY id FOR UPDATE
     ), sent AS MATERIALIZED (
       SELECT *, requeue_dead_outbox(id) AS new_id FROM chosen ORDER BY id
     ), recorded AS (
       ${record} SELECT $3, 'requeue as ' || new_id, id, message_id, routing_key, $4 FROM sent
     )
     SELECT id, new_id FROM sent ORDER BY id`,
    [all, all ? [] : ids, by, reason],
  );
  for (const { id, new_id } of rows) print(`requeued ${id} as ${new_id}`);
  if (!all) tellMissing(ids, rows, 'is not dead', print);
  print(`${rows.length} requeued`);
}

/** Puts messages that wait among the dead, so that their aggregates go on without them; one that is on the wire may arrive all the same. */
export async function park(client: pg.Client, ids: readonly string[], { by, reason }: Actor, print: Print) {
  const { rows } = await client.query(
    `WITH parked AS (
       DELETE FROM outbox WHERE id = ANY ($1::bigint[]) RETURNING *
     ), unblocked AS (
       DELETE FROM outbox_blocked USING parked WHERE outbox_id = parked.id
     ), dead AS (
       INSERT INTO outbox_dead (id, message_id, exchange, routing_key, aggregate_type, aggregate_id, aggregate_version,
         headers, payload, created_at, attempts, last_error)
       SELECT id, message_id, exchange, routing_key, aggregate_type, aggregate_id, aggregate_version,
         headers, payload, created_at, attempts, 'parked: ' || $3 FROM parked
     ), recorded AS (
       ${record} SELECT $2, 'park', id, message_id, routing_key, $3 FROM parked
     )
     SELECT id FROM parked ORDER BY id`,
    [ids, by, reason],
  );
  for (const { id } of rows) print(`parked ${id}`);
  tellMissing(ids, rows, 'does not wait', print);
  print(`${rows.length} parked`);
}

/** Forgets dead messages for ever. */
export async function drop(client: pg.Client, ids: readonly string[], { by, reason }: Actor, print: Print) {
  const { rows } = await client.query(
    `WITH dropped AS (
       DELETE FROM outbox_dead WHERE id = ANY ($1::bigint[]) RETURNING id, message_id, routing_key
     ), recorded AS (
       ${record} SELECT $2, 'drop', id, message_id, routing_key, $3 FROM dropped
     )
     SELECT id FROM dropped ORDER BY id`,
    [ids, by, reason],
  );
  for (const { id } of rows) print(`dropped ${id}`);
  tellMissing(ids, rows, 'is not dead', print);
  print(`${rows.length} dropped`);
}

/** Has blocked messages tried at once instead of when they are due. */
export async function retry(client: pg.Client, print: Print) {
  const { rowCount } = await client.query('UPDATE outbox_blocked SET until = now() WHERE until > now()');
  print(`${rowCount} will be tried again now`);
}

/** Publishes nothing more out of this database, until it is resumed; relays that start meanwhile keep to it. */
export async function pause(client: pg.Client, database: string, { by, reason }: Actor, print: Print) {
  const { rowCount } = await client.query(
    `WITH paused AS (
       INSERT INTO outbox_pause (paused_by, reason) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1
     ), recorded AS (
       ${record} SELECT $1, 'pause', NULL, NULL, NULL, $2 FROM paused
     )
     SELECT FROM paused`,
    [by, reason],
  );
  print(rowCount ? `${database} is paused` : `${database} was paused already, nothing is changed`);
}

export async function resume(client: pg.Client, database: string, { by, reason }: Actor, print: Print) {
  const { rowCount } = await client.query(
    `WITH resumed AS (
       DELETE FROM outbox_pause RETURNING 1
     ), recorded AS (
       ${record} SELECT $1, 'resume', NULL, NULL, NULL, $2 FROM resumed
     )
     SELECT FROM resumed`,
    [by, reason],
  );
  print(rowCount ? `${database} goes on` : `${database} was not paused`);
}

function tellMissing(ids: readonly string[], found: readonly { readonly id: string }[], what: string, print: Print) {
  const known = new Set(found.map(({ id }) => String(id)));
  for (const id of ids) if (!known.has(id)) print(`${id} ${what}`);
}
