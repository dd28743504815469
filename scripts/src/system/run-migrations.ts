import { execFile } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Instance, projectFolder } from '../instance/instance.ts';
import { Trouble } from '../os/tell.ts';
import { migrationEnvironment, type SystemContext } from './process-environment.ts';

const run = promisify(execFile);

export type MigrationStep = 'provision' | 'migrate' | 'seed' | 'templates';

/** Runs one command of the migrations to its end; its output goes to the log, its last lines into the error. */
export async function runMigrationStep(step: MigrationStep, instance: Instance, context: SystemContext): Promise<void> {
  const log = join(instance.folder, 'logs', 'migrations.log');
  const env = { ...process.env, ...context.settings.forProcesses, ...migrationEnvironment(context) };
  const keep = (output: string) => appendFileSync(log, `# ${step} ${new Date().toISOString()}\n${output}`);
  try {
    const { stdout, stderr } = await run(process.execPath, [`migrations/src/${step}.ts`], { cwd: projectFolder, env });
    keep(stdout + stderr);
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    keep(stdout + stderr);
    const lines = `${stdout}${stderr}`.trimEnd().split('\n').slice(-12).join('\n');
    throw new Trouble(`the databases cannot be prepared (${step}); the last lines:\n${lines}`, `see ${log}`);
  }
}
