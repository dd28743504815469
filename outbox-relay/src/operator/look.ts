import type pg from 'pg';
import { outboxStateQuery } from '../queries/outbox-state.ts';
import type { Print } from './print.ts';

/** One line: what waits, since when, who drains it, and whether it is paused. */
export async function showLane(client: pg.Client, database: string, print: Print): Promise<void> {
  const [state] = (await client.query(outboxStateQuery())).rows;
  const holder = state.leaseHolder ?? 'nobody';
  const seconds = (state.oldestAgeMs / 1_000).toFixed(1);
  const line = `${database}: ${state.backlog} waiting, oldest ${seconds} s, drained by ${holder}, ${state.dead} dead, ${state.blocked} blocked`;
  print(
    state.pausedSince === null
      ? line
      : `${line}, PAUSED since ${state.pausedSince.toISOString()}: ${state.pauseReason}`,
  );
}

export async function listFailed(client: pg.Client, database: string, print: Print): Promise<void> {
  const dead = await client.query(
    'SELECT id, message_id, exchange, routing_key, aggregate_type, aggregate_id, dead_at, last_error FROM outbox_dead ORDER BY id',
  );
  for (const row of dead.rows) {
    const aggregate = `${row.aggregate_type} ${row.aggregate_id}`;
    print(
      `${database}: dead ${row.id} ${row.message_id} ${row.exchange} ${row.routing_key} of ${aggregate}: ${row.last_error}`,
    );
  }
  const blocked = await client.query(
    'SELECT aggregate_type, aggregate_id, outbox_id, until, reason FROM outbox_blocked ORDER BY until',
  );
  for (const row of blocked.rows) {
    const until = row.until.toISOString();
    print(
      `${database}: blocked ${row.aggregate_type} ${row.aggregate_id} by ${row.outbox_id} until ${until}: ${row.reason}`,
    );
  }
  print(`${database}: ${dead.rowCount} dead, ${blocked.rowCount} blocked`);
}

/** All of a message, waiting or dead, one column a line. */
export async function showMessage(client: pg.Client, id: string, print: Print): Promise<void> {
  const { rows } = await client.query(
    `SELECT 'waits' AS state, outbox.*, NULL::timestamptz AS dead_at FROM outbox WHERE id = $1
     UNION ALL SELECT 'dead', outbox_dead.* FROM outbox_dead WHERE id = $1`,
    [id],
  );
  if (rows.length === 0) return print(`${id} neither waits nor is dead: it was published, dropped or requeued`);
  for (const [name, value] of rows.flatMap((row) => Object.entries(row))) {
    if (value !== null) print(`${name.padEnd(18)} ${value instanceof Date ? value.toISOString() : value}`);
  }
}

export async function listActions(client: pg.Client, database: string, print: Print): Promise<void> {
  const { rows } = await client.query('SELECT * FROM outbox_actions ORDER BY id DESC LIMIT 50');
  for (const row of rows) {
    const what = [row.action, row.outbox_id, row.message_id, row.routing_key].filter((part) => part !== null).join(' ');
    print(`${database}: ${row.at.toISOString()} ${row.done_by} ${what}${row.reason === null ? '' : `: ${row.reason}`}`);
  }
  print(`${database}: ${rows.length} actions`);
}
