import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';

const enoughBytes = 64 * 1024;

/** The last lines of a text file, of at most its last 64 KB; empty when there is none. */
export function lastLines(path: string, count: number): string {
  if (!existsSync(path)) return '';
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const length = Math.min(size, enoughBytes);
    const buffer = Buffer.alloc(length);
    readSync(file, buffer, 0, length, size - length);
    return buffer.toString('utf8').trimEnd().split('\n').slice(-count).join('\n');
  } finally {
    closeSync(file);
  }
}
