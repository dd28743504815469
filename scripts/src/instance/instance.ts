import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readlinkSync, realpathSync, symlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { canTraverse, findAccount, isRoot } from '../os/accounts.ts';
import { Trouble } from '../os/tell.ts';

/** One copy of the whole system on this machine: its own servers, processes, ports and data. */
export type Instance = {
  name: string;
  /** Absolute, links resolved; holds all data, configuration, logs and records of the instance. */
  folder: string;
};

/** The folder of the project that these scripts belong to. */
export const projectFolder = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');

/** Set in the environment of every process that an instance starts, so that none can be lost. */
export const instanceVariable = 'SAGACITY_INSTANCE';

/** Names the instance and its folder without making anything. */
export function findInstance(name: string): Instance {
  if (!/^[a-z][a-z0-9-]{0,19}$/.test(name)) {
    throw new Trouble(
      `NAME=${name} is no name for an instance`,
      'use up to 20 small letters, digits and dashes, a letter first',
    );
  }
  const link = join(projectFolder, '.run', name);
  return { name, folder: existsSync(link) ? realpathSync(link) : link };
}

/** Makes the instance's folder, outside the project when the servers' accounts could not reach it there. */
export function openInstance(name: string): Instance {
  const { folder } = findInstance(name);
  if (!existsSync(folder)) makeFolder(folder);
  const instance = findInstance(name);
  mkdirSync(join(instance.folder, 'logs'), { recursive: true });
  return instance;
}

function makeFolder(folder: string): void {
  const run = dirname(folder);
  mkdirSync(run, { recursive: true });
  if (isLink(folder)) {
    mkdirSync(readlinkSync(folder), { recursive: true, mode: 0o755 });
  } else if (!isRoot() || serversReach(run)) {
    mkdirSync(folder, { mode: 0o755 });
  } else {
    const hash = createHash('sha256').update(projectFolder).digest('hex').slice(0, 12);
    const elsewhere = join(`/var/lib/sagacity-${hash}`, folder.slice(run.length + 1));
    mkdirSync(elsewhere, { recursive: true, mode: 0o755 });
    symlinkSync(elsewhere, folder);
  }
}

/** Where the account is missing there is no server that could ask: the instance runs in containers. */
function serversReach(folder: string): boolean {
  const account = findAccount('postgres');
  return account === undefined || canTraverse(folder, account);
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}
