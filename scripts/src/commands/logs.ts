import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { findInstance } from '../instance/instance.ts';
import { readSettings } from '../settings/settings.ts';
import { processLog } from '../supervisor/supervisor-files.ts';
import { lastLines } from '../system/last-lines.ts';
import { requireSystemProcess, systemProcesses } from '../system/processes.ts';

const everyMs = 250;

/** Prints the last lines of the processes' logs and follows them until interrupted; S names one process. */
export async function logs(): Promise<void> {
  const instance = findInstance(readSettings().name);
  const chosen = process.env.S ? [requireSystemProcess(process.env.S)] : systemProcesses;
  const width = Math.max(...chosen.map(({ name }) => name.length));
  // Who reads may stop reading (make logs | head); that is no fault.
  process.stdout.on('error', () => process.exit());
  const followed = chosen.map(({ name }) => {
    const path = processLog(instance, name);
    const prefix = chosen.length > 1 ? `${name.padEnd(width)} | ` : '';
    print(prefix, lastLines(path, chosen.length > 1 ? 5 : 50));
    return { path, prefix, offset: sizeOf(path), rest: '' };
  });
  for (;;) {
    for (const file of followed) follow(file);
    await delay(everyMs);
  }
}

type Followed = { path: string; prefix: string; offset: number; rest: string };

/** Prints the lines that were completed since the last call; starts anew after a rotation. */
function follow(file: Followed): void {
  const size = sizeOf(file.path);
  if (size < file.offset) file.offset = 0;
  if (size === file.offset) return;
  const buffer = Buffer.alloc(size - file.offset);
  const handle = openSync(file.path, 'r');
  readSync(handle, buffer, 0, buffer.length, file.offset);
  closeSync(handle);
  file.offset = size;
  const lines = (file.rest + buffer.toString('utf8')).split('\n');
  file.rest = lines.pop() ?? '';
  print(file.prefix, lines.join('\n'));
}

function print(prefix: string, text: string): void {
  if (text !== '') console.log(text.replaceAll(/^/gm, prefix));
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
