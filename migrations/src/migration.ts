import type { Knex } from 'knex';

/** One step of a schema; both directions run in a transaction as the role that owns the database's tables. */
export interface Migration {
  /** Sorts the steps: `NNN-what`; 001 to 099 belong to the platform, 100 and above to the service. */
  readonly name: string;
  up(knex: Knex): Promise<void>;
  down(knex: Knex): Promise<void>;
}

/** Hands a fixed list of migrations to knex, which would otherwise look for files. */
export function migrationSource(migrations: readonly Migration[]): Knex.MigrationSource<Migration> {
  const names = migrations.map(({ name }) => name);
  if (names.join() !== [...new Set(names)].sort().join())
    throw new Error(`migrations out of order: ${names.join(', ')}`);
  return {
    getMigrations: async () => [...migrations],
    getMigrationName: ({ name }) => name,
    getMigration: async (migration) => migration,
  };
}
