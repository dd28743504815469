import { randomBytes } from 'node:crypto';
import { createDatabase, type Db } from '../src/db/database.ts';
import { testServer } from './servers.ts';

/** A database of a test's own, with the service's schema. */
export interface TestDatabase {
  readonly db: Db;
  /** Connects as the role that owns the service's data, as the service itself does. */
  readonly url: string;
  readonly name: string;
  /** Runs a statement in this database as the superuser, for what a service may not do itself. */
  runAsAdmin(sql: string): Promise<void>;
  /** Closes the pool and drops the database. */
  drop(): Promise<void>;
}

/**
 * A new database cloned from the migrated template `<source>_template`, opened as the service's role with the password `test`.
 * Cloning takes some 50 ms; call it once per test file.
 */
export async function cloneDatabase(source: string, role: string): Promise<TestDatabase> {
  const name = `test_${source}_${randomBytes(6).toString('hex')}`;
  await asAdmin((admin) => admin.raw('CREATE DATABASE ?? TEMPLATE ??', [name, `${source}_template`]));
  const url = new URL(testServer('TEST_POSTGRES_ADMIN_URL'));
  url.username = role;
  url.password = 'test';
  url.pathname = `/${name}`;
  const db = createDatabase({ url: url.href, applicationName: 'test', poolMax: 10 });
  return {
    db,
    url: url.href,
    name,
    runAsAdmin: (sql) => asAdmin((admin) => admin.raw(sql), name),
    drop: async () => {
      await db.destroy();
      await asAdmin((admin) => admin.raw('DROP DATABASE ?? WITH (FORCE)', [name]));
    },
  };
}

async function asAdmin(work: (admin: Db) => Promise<unknown>, database?: string): Promise<void> {
  const url = new URL(testServer('TEST_POSTGRES_ADMIN_URL'));
  if (database !== undefined) url.pathname = `/${database}`;
  const admin = createDatabase({
    url: url.href,
    applicationName: 'test admin',
    poolMax: 1,
    statementTimeoutMs: 60_000,
  });
  try {
    await work(admin);
  } finally {
    await admin.destroy();
  }
}
