import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Trouble } from '../os/tell.ts';

const serverPackages = 'postgresql redis-server rabbitmq-server';
const usualFolders = ['/usr/sbin', '/usr/bin', '/usr/local/sbin', '/usr/local/bin', '/usr/lib/rabbitmq/bin'];

/** The path of a program of PostgreSQL, of the newest version that is installed. */
export function postgresBinary(program: string): string {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  return firstThatExists(program, [...versions.map((version) => join(root, version, 'bin')), ...searchPath()]);
}

/** The path of RabbitMQ's own start script: Debian's wrapper in /usr/sbin would switch accounts and folders. */
export function rabbitmqBinary(program: string): string {
  return firstThatExists(program, ['/usr/lib/rabbitmq/bin', ...searchPath()]);
}

/** The path of Debian's Chromium. */
export function chromiumBinary(): string {
  return firstThatExists('chromium', searchPath(), 'chromium');
}

/** The path of a program in the usual folders. */
export function binary(program: string): string {
  return firstThatExists(program, searchPath());
}

function searchPath(): string[] {
  return [...(process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== ''), ...usualFolders];
}

function firstThatExists(program: string, folders: string[], packages = serverPackages): string {
  const path = folders.map((folder) => join(folder, program)).find((candidate) => existsSync(candidate));
  if (path !== undefined) return path;
  throw new Trouble(`${program} is not installed`, `as root: apt-get install ${packages}`);
}
