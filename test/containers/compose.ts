import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify, stripVTControlCharacters } from 'node:util';

const run = promisify(execFile);
const projectFolder = fileURLToPath(new URL('../..', import.meta.url));

/** Runs docker compose on the project that the environment names, and returns what it prints. */
export async function compose(...args: string[]): Promise<string> {
  const { stdout } = await run('docker', ['compose', '--ansi', 'never', ...args], {
    cwd: projectFolder,
    maxBuffer: 256 * 1024 * 1024,
  });
  return stdout;
}

export interface AuditRun {
  readonly clean: boolean;
  readonly text: string;
}

/** Audits the databases from a container, as `make audit` does: nothing outside reaches them. */
export async function auditContainers(): Promise<AuditRun> {
  try {
    return { clean: true, text: await compose('run', '--rm', '--no-deps', '--no-TTY', 'audit') };
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    return { clean: false, text: `${stdout ?? ''}\n${stderr ?? String(error)}` };
  }
}

/** How many requests each instance of a service has logged, by the container's name. */
export async function requestsOf(service: string): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  // Compose erases the line before it writes one, terminal or not.
  const lines = stripVTControlCharacters(await compose('logs', '--no-color', service)).split('\n');
  for (const line of lines) {
    const [, container, text] = /^(\S+) +\| (.*)$/.exec(line) ?? [];
    if (container === undefined || text === undefined) continue;
    counts.set(container, (counts.get(container) ?? 0) + (text.includes('"message":"request"') ? 1 : 0));
  }
  return counts;
}
