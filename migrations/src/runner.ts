import knex, { type Knex } from 'knex';
import { withLock } from './connection.ts';
import { type Migration, migrationSource } from './migration.ts';

export interface Target {
  /** URL of the database, as an admin or as the owning role. */
  readonly url: string;
  /** The role that will own what the migrations create. */
  readonly role: string;
  readonly migrations: readonly Migration[];
}

export interface Status {
  readonly applied: readonly string[];
  readonly pending: readonly string[];
}

type Report = (migration: string) => void;

/** Applies what is missing, each migration in its own transaction, and sees that the inbox has partitions for the coming days. */
export async function migrateUp(target: Target, report: Report): Promise<void> {
  await exclusively(target, async (db) => {
    for (const name of (await listOf(db)).pending) {
      await named(name, db.migrate.up({ name }));
      report(name);
    }
    await db.raw('SELECT ensure_inbox_partitions()');
  });
}

/** Takes back the newest migration, or all of them. */
export async function migrateDown(target: Target, options: { all: boolean }, report: Report): Promise<void> {
  await exclusively(target, async (db) => {
    const { applied } = await listOf(db);
    for (const name of options.all ? applied.toReversed() : applied.slice(-1)) {
      await named(name, db.migrate.down({ name }));
      report(name);
    }
  });
}

/** What is applied and what is missing; changes nothing but creates the table that keeps count. */
export async function migrationStatus(target: Target): Promise<Status> {
  return exclusively(target, listOf);
}

async function listOf(db: Knex): Promise<Status> {
  const [applied, pending] = (await db.migrate.list()) as [{ name: string }[], Migration[]];
  return { applied: applied.map(({ name }) => name), pending: pending.map(({ name }) => name) };
}

async function named(migration: string, work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (cause) {
    throw new Error(`${migration}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** Several at once wait for each other on an advisory lock, which ends with its session, unlike the row by which knex locks. */
async function exclusively<T>({ url, role, migrations }: Target, work: (db: Knex) => Promise<T>): Promise<T> {
  return withLock(url, 'migrate', async () => {
    const db = knex({
      client: 'pg',
      connection: {
        connectionString: url,
        application_name: 'migrations',
        options: '-c TimeZone=UTC',
      } as Knex.PgConnectionConfig,
      pool: { min: 0, max: 2, afterCreate: takeRole(role) },
      migrations: { migrationSource: migrationSource(migrations) },
      // What fails is thrown; knex would print it a second time.
      log: { error: () => undefined, warn: () => undefined },
    });
    try {
      await db.migrate.forceFreeMigrationsLock();
      return await work(db);
    } finally {
      await db.destroy();
    }
  });
}

type Connection = { query(sql: string, done: (error: unknown) => void): void };

function takeRole(role: string) {
  return (connection: Connection, done: (error: unknown, connection: Connection) => void) => {
    connection.query(`SET ROLE "${role}"`, (error) => done(error, connection));
  };
}
