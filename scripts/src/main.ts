import { audit } from './commands/audit.ts';
import { bench } from './commands/bench.ts';
import { chaos } from './commands/chaos.ts';
import { demo } from './commands/demo.ts';
import { clean, down } from './commands/down.ts';
import { importProducts } from './commands/import.ts';
import { logs } from './commands/logs.ts';
import { migrate } from './commands/migrate.ts';
import { npmScript } from './commands/npm-script.ts';
import { outbox } from './commands/outbox.ts';
import { psql } from './commands/psql.ts';
import { restart } from './commands/restart.ts';
import { smoke } from './commands/smoke.ts';
import { status } from './commands/status.ts';
import { test } from './commands/test.ts';
import { up } from './commands/up.ts';
import { reportTrouble, Trouble } from './os/tell.ts';

/** What stands behind the targets of the Makefile, which says what each is for. */
const commands: Record<string, () => Promise<void>> = {
  up,
  down,
  clean,
  status,
  restart,
  logs,
  migrate,
  audit,
  psql,
  outbox,
  import: importProducts,
  demo,
  smoke,
  test,
  chaos,
  bench,
  check: npmScript('check'),
  unit: npmScript('unit'),
  format: npmScript('format'),
  docs: npmScript('docs'),
};

async function main(name: string): Promise<void> {
  const command = commands[name];
  if (!command) throw new Trouble(`there is no command ${name}`, 'make help lists all');
  await command();
}

await main(process.argv[2] ?? '').catch(reportTrouble);
// What still waits after a failure has nobody to tell.
process.exit();
