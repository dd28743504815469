import { chaosInContainers } from './chaos/chaos-in-containers.ts';
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
import {
  auditInContainers,
  cleanInContainers,
  downInContainers,
  logsInContainers,
  migrateInContainers,
  outboxInContainers,
  psqlInContainers,
  restartInContainers,
  statusInContainers,
} from './containers/commands.ts';
import { upInContainers } from './containers/up-in-containers.ts';
import { reportTrouble, Trouble } from './os/tell.ts';
import { readSettings } from './settings/settings.ts';

/** What stands behind the targets of the Makefile, which says what each is for. */
const commands: Record<string, () => Promise<void>> = {
  up: byMode(up, upInContainers),
  down: byMode(down, downInContainers),
  clean: byMode(clean, cleanInContainers),
  status: byMode(status, statusInContainers),
  restart: byMode(restart, restartInContainers),
  logs: byMode(logs, logsInContainers),
  migrate: byMode(migrate, migrateInContainers),
  audit: byMode(audit, auditInContainers),
  psql: byMode(psql, psqlInContainers),
  outbox: byMode(outbox, outboxInContainers),
  import: importProducts,
  demo,
  smoke,
  test,
  chaos: byMode(chaos, chaosInContainers),
  bench,
  check: npmScript('check'),
  unit: npmScript('unit'),
  format: npmScript('format'),
  docs: npmScript('docs'),
};

/** The command for how the instance runs; scripts/choose-mode.mjs has said so in MODE. */
function byMode(native: () => Promise<void>, docker: () => Promise<void>): () => Promise<void> {
  return () => (readSettings().mode === 'docker' ? docker() : native());
}

async function main(name: string): Promise<void> {
  const command = commands[name];
  if (!command) throw new Trouble(`there is no command ${name}`, 'make help lists all');
  await command();
}

await main(process.argv[2] ?? '').catch(reportTrouble);
// What still waits after a failure has nobody to tell.
process.exit();
