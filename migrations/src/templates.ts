import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { asCommand, print } from './command.ts';
import { required, urlOf, withLock } from './connection.ts';
import { type DatabaseSpec, databases } from './databases.ts';
import { provision } from './provision.ts';
import { relayRole } from './relay-role.ts';
import { migrateUp } from './runner.ts';

const testPassword = 'test';

/**
 * For tests: rebuilds the template `<database>_template` of each database whose migrations have changed, with the password `test` for all roles.
 * A template that cannot be built keeps its former state, and the others are built all the same; then it throws the first error.
 */
export async function buildTemplates(adminUrl: string, specs: readonly DatabaseSpec[]): Promise<void> {
  await withLock(adminUrl, 'templates', async (client) => {
    const errors: unknown[] = [];
    for (const spec of specs) {
      try {
        print(`${spec.name}_template: ${(await buildTemplate(client, adminUrl, spec)) ? 'built' : 'unchanged'}`);
      } catch (error) {
        print(`${spec.name}_template: failed: ${error instanceof Error ? error.message : String(error)}`);
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  });
}

async function buildTemplate(client: pg.Client, adminUrl: string, spec: DatabaseSpec): Promise<boolean> {
  const template = `${spec.name}_template`;
  const fingerprint = await fingerprintOf(spec);
  if ((await commentOn(client, template)) === fingerprint) return false;
  const fresh = `${template}_fresh`;
  await dropTemplate(client, fresh);
  await provision({
    adminUrl,
    databases: [{ name: fresh, role: spec.role }],
    relayRole,
    passwordOf: () => testPassword,
  });
  const target = { url: urlOf(adminUrl, fresh), role: spec.role, migrations: await spec.migrations() };
  await migrateUp(target, () => undefined);
  // Nobody may be connected to a template while it is cloned.
  await client.query(`ALTER DATABASE ${pg.escapeIdentifier(fresh)} WITH ALLOW_CONNECTIONS false IS_TEMPLATE true`);
  await client.query(`COMMENT ON DATABASE ${pg.escapeIdentifier(fresh)} IS ${pg.escapeLiteral(fingerprint)}`);
  await swap(client, fresh, template);
  return true;
}

/** Puts the fresh template into the place of the old one in one transaction, so that a clone meanwhile finds either. */
async function swap(client: pg.Client, fresh: string, template: string): Promise<void> {
  const old = `${template}_old`;
  await dropTemplate(client, old);
  await client.query('BEGIN');
  if (await exists(client, template)) await rename(client, template, old);
  await rename(client, fresh, template);
  await client.query('COMMIT');
  await dropTemplate(client, old);
}

async function rename(client: pg.Client, from: string, to: string): Promise<void> {
  await client.query(`ALTER DATABASE ${pg.escapeIdentifier(from)} RENAME TO ${pg.escapeIdentifier(to)}`);
}

async function dropTemplate(client: pg.Client, name: string): Promise<void> {
  if (!(await exists(client, name))) return;
  await client.query(`ALTER DATABASE ${pg.escapeIdentifier(name)} WITH IS_TEMPLATE false`);
  await client.query(`DROP DATABASE ${pg.escapeIdentifier(name)} WITH (FORCE)`);
}

async function exists(client: pg.Client, name: string): Promise<boolean> {
  const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
  return rowCount === 1;
}

async function commentOn(client: pg.Client, name: string): Promise<string | undefined> {
  const { rows } = await client.query<{ comment: string | null }>(
    `SELECT shobj_description(oid, 'pg_database') AS comment FROM pg_database WHERE datname = $1`,
    [name],
  );
  return rows[0]?.comment ?? undefined;
}

/** Changes with any source text that shapes the database, and with the day, since a template has inbox partitions for a week only. */
async function fingerprintOf(spec: DatabaseSpec): Promise<string> {
  const hash = createHash('sha256').update(new Date().toISOString().slice(0, 10));
  for (const folder of [spec.folder, 'platform', '.']) {
    const path = join(import.meta.dirname, folder);
    const files = (await readdir(path)).filter((file) => file.endsWith('.ts')).sort();
    for (const file of files) hash.update(`${folder}/${file}`).update(await readFile(join(path, file)));
  }
  return hash.digest('hex');
}

await asCommand(import.meta.url, async () => {
  await buildTemplates(required(process.env, 'POSTGRES_ADMIN_URL', 'TEST_POSTGRES_ADMIN_URL'), databases);
});
