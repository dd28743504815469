import { spawnSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Instance, projectFolder } from '../instance/instance.ts';
import { Trouble } from '../os/tell.ts';
import { migrationEnvironment, type SystemContext } from './process-environment.ts';

export type MigrationStep = 'provision' | 'migrate' | 'seed';

/** Runs one command of the migrations to its end; its output goes to the log, its last lines into the error. */
export function runMigrationStep(step: MigrationStep, instance: Instance, context: SystemContext): void {
  const log = join(instance.folder, 'logs', 'migrations.log');
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [`migrations/src/${step}.ts`], {
    cwd: projectFolder,
    env: { ...process.env, ...context.settings.forProcesses, ...migrationEnvironment(context) },
    encoding: 'utf8',
  });
  if (error) throw error;
  appendFileSync(log, `# ${step} ${new Date().toISOString()}\n${stdout}${stderr}`);
  if (status === 0) return;
  const lines = `${stdout}${stderr}`.trimEnd().split('\n').slice(-12).join('\n');
  throw new Trouble(`the databases cannot be prepared (${step}); its last lines:\n${lines}`, `see ${log}`);
}
