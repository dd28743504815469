import { asCommand } from './command.ts';
import { migrateAll } from './migrate.ts';
import { provisionAll } from './provision.ts';

/** Databases, roles and tables in one go, for where a single command has to do it: a container that runs once. */
await asCommand(import.meta.url, async () => {
  await provisionAll(process.env);
  await migrateAll(process.env);
});
