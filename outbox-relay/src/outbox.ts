import { loadConfig } from '@sagacity/chassis/config/config';
import pg from 'pg';
import { type OutboxDatabase, readDatabases, relaySettings } from './config.ts';

const usage = `usage: outbox.ts ls [database]                 dead messages and blocked aggregates
       outbox.ts requeue <database> <id…|all>   send dead messages again
       outbox.ts drop <database> <id…>          forget dead messages for ever
       outbox.ts retry <database>               try blocked messages again at once
  OUTBOX_DATABASE_URLS  the databases, as the relay has them`;

/** What an operator can do about messages that were not delivered; prints a line for each one. */
export async function operate(
  [command, name, ...ids]: readonly string[],
  databases: readonly OutboxDatabase[],
  print: (line: string) => void,
): Promise<void> {
  const chosen = name === undefined ? databases : databases.filter((database) => database.name === name);
  if (chosen.length === 0)
    throw new Error(`no database ${name}: there are ${databases.map(({ name }) => name).join(', ')}`);
  if (command === 'ls' && ids.length === 0) {
    for (const database of chosen) await withClient(database, (client) => list(client, database.name, print));
    return;
  }
  const [database] = chosen;
  if (!database || name === undefined) throw new Error(usage);
  if (command === 'requeue' && ids.length > 0) await withClient(database, (client) => requeue(client, ids, print));
  else if (command === 'drop' && ids.length > 0) await withClient(database, (client) => drop(client, ids, print));
  else if (command === 'retry' && ids.length === 0) await withClient(database, (client) => retry(client, print));
  else throw new Error(usage);
}

async function list(client: pg.Client, database: string, print: (line: string) => void): Promise<void> {
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

async function requeue(client: pg.Client, ids: readonly string[], print: (line: string) => void): Promise<void> {
  const all = ids.length === 1 && ids[0] === 'all';
  const { rows } = await client.query(
    `SELECT id, requeue_dead_outbox(id) AS new_id
     FROM (SELECT id FROM outbox_dead WHERE $1 OR id = ANY ($2::bigint[]) ORDER BY id) AS chosen`,
    [all, all ? [] : ids],
  );
  for (const { id, new_id } of rows) print(`requeued ${id} as ${new_id}`);
  print(`${rows.length} requeued`);
}

async function drop(client: pg.Client, ids: readonly string[], print: (line: string) => void): Promise<void> {
  const { rows } = await client.query('DELETE FROM outbox_dead WHERE id = ANY ($1::bigint[]) RETURNING id', [ids]);
  for (const { id } of rows) print(`dropped ${id}`);
  print(`${rows.length} dropped`);
}

async function retry(client: pg.Client, print: (line: string) => void): Promise<void> {
  const { rowCount } = await client.query('UPDATE outbox_blocked SET until = now() WHERE until > now()');
  print(`${rowCount} will be tried again now`);
}

async function withClient(database: OutboxDatabase, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: database.url, application_name: 'outbox operator' });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

if (import.meta.main) {
  try {
    const { OUTBOX_DATABASE_URLS } = relaySettings;
    const settings = loadConfig({ OUTBOX_DATABASE_URLS }, ['OUTBOX_DATABASE_URLS'], process.env);
    await operate(process.argv.slice(2), readDatabases(settings.OUTBOX_DATABASE_URLS), (line) => {
      process.stdout.write(`${line}\n`);
    });
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
