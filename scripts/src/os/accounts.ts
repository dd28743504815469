import { spawnSync } from 'node:child_process';
import { chownSync, readFileSync } from 'node:fs';

/** An account of the operating system. */
export type Account = { name: string; uid: number; gid: number };

/** True when this process may start others under another account. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** The account of that name, if there is one. */
export function findAccount(name: string): Account | undefined {
  return parseAccounts(readFileSync('/etc/passwd', 'utf8')).find((entry) => entry.name === name);
}

/** The account a server runs as: its package's own when we are root, otherwise ours (undefined). */
export function serverAccount(name: string): Account | undefined {
  if (!isRoot()) return undefined;
  const account = findAccount(name);
  if (account === undefined) throw new Error(`the account ${name}, which its Debian package makes, does not exist`);
  return account;
}

/** Reads the lines of /etc/passwd. */
export function parseAccounts(passwd: string): Account[] {
  return passwd
    .split('\n')
    .map((line) => line.split(':'))
    .filter((fields) => fields.length >= 4)
    .map(([name = '', , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }));
}

/** True when the account can reach what lies in the folder. */
export function canTraverse(folder: string, account: Account): boolean {
  return spawnSync('test', ['-x', folder], { cwd: '/', uid: account.uid, gid: account.gid }).status === 0;
}

/** Hands a file or folder to the account; nothing changes when there is no account to hand it to. */
export function handOver(path: string, account: Account | undefined): void {
  if (account) chownSync(path, account.uid, account.gid);
}
