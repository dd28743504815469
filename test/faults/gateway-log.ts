import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setting } from '../e2e/shop.ts';

/** What the gateway wrote into its log since this was opened. */
export interface GatewayLog {
  /** All lines so far. */
  lines(): readonly LogLine[];
}

export interface LogLine {
  readonly ts: string;
  readonly message: string;
  readonly request_id?: string;
  /** The instance that was asked last, and how many were. */
  readonly instance?: string;
  readonly attempts?: number;
  readonly duration_ms?: number;
  /** Of which service an instance was found or has gone, and its address. */
  readonly upstream?: string;
  readonly url?: string;
}

/** Reads only what was added, since a scenario looks often and the log grows with each request. */
export function openGatewayLog(): GatewayLog {
  const path = join(setting('E2E_LOG_FOLDER'), 'gateway.log');
  const lines: LogLine[] = [];
  let offset = statSync(path).size;
  let rest = '';
  const take = (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts.filter((part) => part.startsWith('{')).map((part) => JSON.parse(part) as LogLine));
  };
  return {
    lines: () => {
      const { size } = statSync(path);
      if (size < offset) {
        // Moved away and begun anew since it had grown large.
        take(readFileSync(`${path}.1`).subarray(offset).toString());
        offset = 0;
      }
      take(readBytes(path, offset, size - offset));
      offset = size;
      return lines;
    },
  };
}

function readBytes(path: string, offset: number, count: number): string {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(count);
    readSync(file, bytes, 0, count, offset);
    return bytes.toString();
  } finally {
    closeSync(file);
  }
}
