import pg from 'pg';
import { auditorRole } from './auditor-role.ts';
import { asCommand, print } from './command.ts';
import { required, withLock } from './connection.ts';
import { type DatabaseSpec, databases } from './databases.ts';
import { relayRole } from './relay-role.ts';

export interface Provisioning {
  /** A superuser's URL; its database only has to exist. */
  readonly adminUrl: string;
  readonly databases: readonly Pick<DatabaseSpec, 'name' | 'role'>[];
  readonly relayRole: string;
  readonly passwordOf: (role: string) => string;
}

/**
 * Creates the databases and login roles that are missing, sets passwords, and grants CONNECT to each database's own role, the relay's and the auditor's alone.
 * It may run again, and several at once: the later ones wait.
 */
export async function provision({ adminUrl, databases, relayRole, passwordOf }: Provisioning): Promise<void> {
  await withLock(adminUrl, 'provision', async (client) => {
    await ensureRole(client, relayRole, passwordOf(relayRole));
    await limitRelay(client, relayRole);
    await ensureAuditor(client, passwordOf(auditorRole));
    for (const { name, role } of databases) {
      await ensureRole(client, role, passwordOf(role));
      await ensureDatabase(client, name, role);
      await client.query(`REVOKE ALL ON DATABASE ${quote(name)} FROM PUBLIC`);
      await client.query(
        `GRANT CONNECT ON DATABASE ${quote(name)} TO ${quote(role)}, ${quote(relayRole)}, ${auditorRole}`,
      );
      await client.query(`ALTER DATABASE ${quote(name)} SET TimeZone TO 'UTC'`);
    }
  });
}

/** The setting that holds the password of a role. */
export function passwordSetting(role: string): string {
  return `DB_PASSWORD_${role.toUpperCase()}`;
}

async function ensureRole(client: pg.Client, role: string, password: string): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [role]);
  if (!rowCount) await client.query(`CREATE ROLE ${quote(role)}`);
  const powers = 'LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS';
  await client.query(`ALTER ROLE ${quote(role)} ${powers} PASSWORD ${pg.escapeLiteral(password)}`);
}

/** The relay's sessions hold the leases: one whose host died must end within half a minute, not after the system's two hours. */
async function limitRelay(client: pg.Client, role: string): Promise<void> {
  const settings = {
    tcp_keepalives_idle: '10',
    tcp_keepalives_interval: '5',
    tcp_keepalives_count: '3',
    statement_timeout: '15s',
    idle_in_transaction_session_timeout: '30s',
  };
  for (const [name, value] of Object.entries(settings)) {
    await client.query(`ALTER ROLE ${quote(role)} SET ${name} TO ${pg.escapeLiteral(value)}`);
  }
}

/** What it may read the migrations grant; it cannot write even where somebody granted it. */
async function ensureAuditor(client: pg.Client, password: string): Promise<void> {
  await ensureRole(client, auditorRole, password);
  // Granted by earlier versions; it reads passwords' digests, too.
  await client.query(`REVOKE pg_read_all_data FROM ${auditorRole}`);
  await client.query(`ALTER ROLE ${auditorRole} SET default_transaction_read_only TO on`);
}

async function ensureDatabase(client: pg.Client, name: string, owner: string): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
  if (!rowCount)
    await client.query(`CREATE DATABASE ${quote(name)} OWNER ${quote(owner)} ENCODING 'UTF8' TEMPLATE template0`);
}

function quote(identifier: string): string {
  return pg.escapeIdentifier(identifier);
}

/** Provisions the project's own databases with the passwords of the environment. */
export async function provisionAll(environment: NodeJS.ProcessEnv): Promise<void> {
  const passwords = new Map(
    [relayRole, auditorRole, ...databases.map(({ role }) => role)].map((role) => [
      role,
      required(environment, passwordSetting(role)),
    ]),
  );
  const adminUrl = required(environment, 'POSTGRES_ADMIN_URL');
  await provision({ adminUrl, databases, relayRole, passwordOf: (role) => passwords.get(role) ?? '' });
  print(`provisioned ${databases.map(({ name }) => name).join(', ')}`);
}

await asCommand(import.meta.url, () => provisionAll(process.env));
