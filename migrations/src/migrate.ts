import { settingText } from '@sagacity/chassis/config/secret-files';
import { asCommand, print } from './command.ts';
import { required, urlOf } from './connection.ts';
import { type DatabaseSpec, databaseNamed, databases } from './databases.ts';
import { migrateDown, migrateUp, migrationStatus, type Target } from './runner.ts';

const usage = `usage: migrate.ts [up | down [--all] | status] [database]
  POSTGRES_ADMIN_URL  an admin's URL, for any database
  DATABASE_URL        the owner's URL instead, for the named database`;

/** Migrates one database, and prints a line for each migration. */
export async function migrate(
  command: string,
  { all }: { all: boolean },
  spec: DatabaseSpec,
  url: string,
): Promise<void> {
  const target: Target = { url, role: spec.role, migrations: await spec.migrations() };
  switch (command) {
    case 'up':
      return migrateUp(target, (name) => print(`${spec.name}: applied ${name}`));
    case 'down':
      return migrateDown(target, { all }, (name) => print(`${spec.name}: took back ${name}`));
    case 'status': {
      const { applied, pending } = await migrationStatus(target);
      for (const name of applied) print(`${spec.name}: ${name} applied`);
      for (const name of pending) print(`${spec.name}: ${name} pending`);
      return;
    }
    default:
      throw new Error(usage);
  }
}

/** Brings all databases to their newest tables. */
export async function migrateAll(environment: NodeJS.ProcessEnv, command = 'up', all = false): Promise<void> {
  const admin = required(environment, 'POSTGRES_ADMIN_URL');
  for (const spec of databases) await migrate(command, { all }, spec, urlOf(admin, spec.name));
  if (command === 'up') print('all databases are up to date');
}

await asCommand(import.meta.url, async (args) => {
  const [command = 'up', name, ...rest] = args.filter((arg) => arg !== '--all');
  if (rest.length > 0) throw new Error(usage);
  const all = args.includes('--all');
  if (name !== undefined) {
    const spec = databaseNamed(name);
    const admin = settingText(process.env, 'POSTGRES_ADMIN_URL');
    await migrate(command, { all }, spec, admin ? urlOf(admin, name) : required(process.env, 'DATABASE_URL'));
    return;
  }
  await migrateAll(process.env, command, all);
});
