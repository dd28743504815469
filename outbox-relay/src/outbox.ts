import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import { loadConfig } from '@sagacity/chassis/config/config';
import pg from 'pg';
import { type OutboxDatabase, readDatabases, relaySettings } from './config.ts';
import { type Actor, drop, park, pause, requeue, resume, retry } from './operator/act.ts';
import { listActions, listFailed, showLane, showMessage } from './operator/look.ts';
import type { Print } from './operator/print.ts';

const usage = `usage: outbox.ts lanes [database]                       what waits, since when, and who drains it
       outbox.ts ls [database]                          dead messages and blocked aggregates
       outbox.ts log [database]                         the last 50 actions: who, what and why
       outbox.ts look <database> <id>                   one message, with its payload
       outbox.ts requeue <database> <id…|all>           send dead messages again
       outbox.ts park <database> <id…> --reason TEXT    put messages that wait among the dead; their aggregates go on
       outbox.ts drop <database> <id…> --reason TEXT    forget dead messages for ever
       outbox.ts retry <database>                       try blocked messages again at once
       outbox.ts pause <database> --reason TEXT         publish nothing more out of a database, whoever drains it
       outbox.ts resume <database>                      go on
  --by NAME             who acts, for the record; the account of the system when left out
  OUTBOX_DATABASE_URLS  the databases, as the relay has them`;

interface Task {
  readonly client: pg.Client;
  readonly database: string;
  readonly ids: readonly string[];
  readonly actor: Actor;
  readonly print: Print;
}

interface Command {
  readonly databases: 'one' | 'any';
  readonly ids: 'none' | 'one' | 'some' | 'some or all';
  readonly needsReason?: boolean;
  run(task: Task): Promise<void>;
}

const commands: Readonly<Record<string, Command>> = {
  lanes: { databases: 'any', ids: 'none', run: ({ client, database, print }) => showLane(client, database, print) },
  ls: { databases: 'any', ids: 'none', run: ({ client, database, print }) => listFailed(client, database, print) },
  log: { databases: 'any', ids: 'none', run: ({ client, database, print }) => listActions(client, database, print) },
  look: {
    databases: 'one',
    ids: 'one',
    run: ({ client, ids: [id = ''], print }) => showMessage(client, id, print),
  },
  requeue: {
    databases: 'one',
    ids: 'some or all',
    run: ({ client, ids, actor, print }) => requeue(client, ids, actor, print),
  },
  park: {
    databases: 'one',
    ids: 'some',
    needsReason: true,
    run: ({ client, ids, actor, print }) => park(client, ids, actor, print),
  },
  drop: {
    databases: 'one',
    ids: 'some',
    needsReason: true,
    run: ({ client, ids, actor, print }) => drop(client, ids, actor, print),
  },
  retry: { databases: 'one', ids: 'none', run: ({ client, print }) => retry(client, print) },
  pause: {
    databases: 'one',
    ids: 'none',
    needsReason: true,
    run: ({ client, database, actor, print }) => pause(client, database, actor, print),
  },
  resume: {
    databases: 'one',
    ids: 'none',
    run: ({ client, database, actor, print }) => resume(client, database, actor, print),
  },
};

/** What an operator can do about an outbox; prints a line for each thing done. Throws, with nothing done, when it makes no sense. */
export async function operate(
  args: readonly string[],
  databases: readonly OutboxDatabase[],
  print: Print,
): Promise<void> {
  if (args[0] === 'help') return print(usage);
  const { command, name, ids, actor } = readCommandLine(args);
  const chosen = name === undefined ? databases : databases.filter((database) => database.name === name);
  if (chosen.length === 0)
    throw new Error(`no database ${name}: there are ${databases.map(({ name }) => name).join(', ')}`);
  for (const database of chosen) {
    await withClient(database, (client) => command.run({ client, database: database.name, ids, actor, print }));
  }
}

function readCommandLine(args: readonly string[]) {
  const { values, positionals } = parseOrRefuse(args);
  const [verb = '', name, ...ids] = positionals;
  const command = Object.hasOwn(commands, verb) ? commands[verb] : undefined;
  if (!command || (command.databases === 'one' && name === undefined)) throw new Error(usage);
  const isNone = ids.length === 0;
  if (isNone !== (command.ids === 'none') || (command.ids === 'one' && ids.length > 1)) throw new Error(usage);
  const isAll = command.ids === 'some or all' && ids.join() === 'all';
  const odd = isAll ? undefined : ids.find((id) => !/^[1-9]\d{0,18}$/.test(id));
  if (odd !== undefined) throw new Error(`${odd} is no id of a message: ids are what ls and look show`);
  const reason = values.reason?.trim();
  if (command.needsReason && !reason) throw new Error(`${verb} needs a --reason, which is recorded`);
  return { command, name, ids, actor: { by: values.by ?? userInfo().username, reason } };
}

function parseOrRefuse(args: readonly string[]) {
  try {
    const options = { reason: { type: 'string' }, by: { type: 'string' } } as const;
    return parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${usage}`, { cause: error });
  }
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
