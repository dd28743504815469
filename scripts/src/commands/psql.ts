import { spawnSync } from 'node:child_process';
import { findInstance } from '../instance/instance.ts';
import { rememberedPorts } from '../instance/open-ports.ts';
import { type DatabaseRole, databaseRoles, openSecrets } from '../instance/secrets.ts';
import { Trouble } from '../os/tell.ts';
import { binary } from '../servers/binaries.ts';
import { readSettings } from '../settings/settings.ts';
import { owners } from '../system/processes.ts';

/** Opens psql on DB as ROLE (the owning service's role without ROLE, `postgres` for the superuser); SQL runs and ends. */
export async function psql(): Promise<void> {
  const instance = findInstance(readSettings().name);
  const ports = rememberedPorts(instance);
  if (ports === undefined) throw new Trouble(`${instance.name} was never started`, 'make up');
  const database = process.env.DB ?? 'orders_db';
  const role =
    process.env.ROLE ?? owners.find((owner) => owner.database.name === database)?.database.role ?? 'postgres';
  const args = ['-h', '127.0.0.1', '-p', String(ports.POSTGRES_PORT), '-U', role, '-d', database];
  const { status } = spawnSync(binary('psql'), [...args, ...(process.env.SQL ? ['-c', process.env.SQL] : [])], {
    stdio: 'inherit',
    env: { ...process.env, PGPASSWORD: passwordOf(role, openSecrets(instance)) },
  });
  process.exitCode = status ?? 1;
}

function passwordOf(role: string, secrets: ReturnType<typeof openSecrets>): string {
  if (role === 'postgres') return secrets.postgresAdmin;
  if ((databaseRoles as readonly string[]).includes(role)) return secrets.roles[role as DatabaseRole];
  throw new Trouble(`there is no role ${role}`, `ROLE is one of postgres, ${databaseRoles.join(', ')}`);
}
