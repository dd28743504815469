import { randomBytes } from 'node:crypto';
import { testServer } from '@sagacity/chassis/test-kit/servers';
import pg from 'pg';
import { urlOf, withClient } from '../src/connection.ts';
import { databaseNamed } from '../src/databases.ts';
import { provision } from '../src/provision.ts';
import { relayRole } from '../src/relay-role.ts';
import { migrateUp, type Target } from '../src/runner.ts';

/** An empty database of a test's own that stands for one of the six, with the real roles. */
export interface Scratch {
  readonly name: string;
  readonly target: Target;
  /** URL for a role, or for the admin without one. */
  url(role?: string): string;
  query<R extends pg.QueryResultRow>(sql: string, values?: unknown[], role?: string): Promise<R[]>;
  drop(): Promise<void>;
}

export const adminUrl = (): string => testServer('TEST_POSTGRES_ADMIN_URL');

export async function createScratch(source: string): Promise<Scratch> {
  const spec = databaseNamed(source);
  const name = `migrations_test_${randomBytes(6).toString('hex')}`;
  await provision({ adminUrl: adminUrl(), databases: [{ ...spec, name }], relayRole, passwordOf: () => 'test' });
  const url = (role?: string) => loginUrl(name, role);
  return {
    name,
    target: { url: url(), role: spec.role, migrations: await spec.migrations() },
    url,
    query: async <R extends pg.QueryResultRow>(sql: string, values: unknown[] = [], role?: string) =>
      withClient(url(role), async (client) => (await client.query<R>(sql, values)).rows),
    drop: () =>
      withClient(adminUrl(), async (client) => {
        await client.query(`DROP DATABASE ${pg.escapeIdentifier(name)} WITH (FORCE)`);
      }),
  };
}

/** A scratch database with its schema. */
export async function createMigrated(source: string): Promise<Scratch> {
  const scratch = await createScratch(source);
  await migrateUp(scratch.target, () => undefined);
  return scratch;
}

export function loginUrl(database: string, role?: string, password = 'test'): string {
  const url = new URL(urlOf(adminUrl(), database));
  if (role !== undefined) {
    url.username = role;
    url.password = password;
  }
  return url.href;
}
