import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { Account } from './accounts.ts';
import { type ProcessRecord, recordOf } from './process-table.ts';

export type DetachedCommand = {
  file: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  folder: string;
  logFile: string;
  account?: Account | undefined;
};

/** Starts a process that outlives this one, in a session of its own, its output appended to the log file. */
export async function spawnDetached(command: DetachedCommand): Promise<ProcessRecord> {
  const log = openSync(command.logFile, 'a', 0o640);
  try {
    const child = spawn(command.file, command.args, {
      cwd: command.folder,
      env: command.env,
      detached: true,
      stdio: ['ignore', log, log],
      ...(command.account && { uid: command.account.uid, gid: command.account.gid }),
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
    const record = recordOf(child.pid ?? 0);
    return record ?? { pid: child.pid ?? 0, startTicks: -1 };
  } finally {
    closeSync(log);
  }
}
