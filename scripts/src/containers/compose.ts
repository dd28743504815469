import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Instance, projectFolder } from '../instance/instance.ts';
import { Trouble } from '../os/tell.ts';
import { lastLines } from '../system/last-lines.ts';
import type { Project } from './project.ts';

/** Runs docker compose in the terminal of whoever called; its exit code. */
export function composeInTerminal({ environment }: Project, args: string[]): number {
  const { status, error } = spawnSync('docker', ['compose', ...args], {
    cwd: projectFolder,
    env: environment,
    stdio: 'inherit',
  });
  if (error) throw cannotStart(error);
  return status ?? 1;
}

/** What docker compose prints; an error with the reason when it fails. */
export function composeOutput({ environment }: Project, args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync('docker', ['compose', ...args], {
    cwd: projectFolder,
    env: environment,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error) throw cannotStart(error);
  if (status === 0) return stdout;
  throw new Trouble(`docker compose ${args[0]}: ${stderr.trim().split('\n').at(-1)}`, 'docker info shows the engine');
}

export type BackgroundRun = { args: string[]; signal?: AbortSignal | undefined };

/**
 * Runs docker compose with its output in logs/containers.log; the error of a failure holds the last lines. Ends it when
 * the signal says so.
 */
export async function composeInBackground(
  instance: Instance,
  { environment }: Project,
  { args, signal }: BackgroundRun,
): Promise<void> {
  const log = join(instance.folder, 'logs', 'containers.log');
  appendFileSync(log, `# docker compose ${args.join(' ')} ${new Date().toISOString()}\n`);
  const child = spawn('docker', ['compose', '--progress', 'plain', ...args], {
    cwd: projectFolder,
    env: environment,
    signal,
  });
  const keep = (chunk: Buffer) => appendFileSync(log, chunk);
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', (error) => reject(cannotStart(error)));
    child.once('close', (status) => resolve(status ?? 1));
  });
  if (code === 0) return;
  throw new Trouble(`docker compose ${args[0]} failed; the last lines:\n${lastLines(log, 12)}`, `see ${log}`);
}

function cannotStart(error: Error): Trouble {
  const reason = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such command' : error.message;
  return new Trouble(`docker cannot be run: ${reason}`, 'install Docker with Compose, or take MODE=native');
}
