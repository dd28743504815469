import { copyFileSync, existsSync, renameSync, statSync, truncateSync } from 'node:fs';

export type RotationLimits = { bytes: number; kept: number };

/**
 * Moves the content of a log that has grown past the limit to `<log>.1`, older ones up to `<log>.<kept>`.
 *
 * Copied and truncated, since the process that writes holds the file open in append mode; a line written
 * between the two may be lost.
 */
export function rotateWhenLarge(log: string, { bytes, kept }: RotationLimits = { bytes: 20_000_000, kept: 3 }): void {
  const size = statSync(log, { throwIfNoEntry: false })?.size ?? 0;
  if (size <= bytes) return;
  for (let age = kept - 1; age >= 1; age -= 1) {
    if (existsSync(`${log}.${age}`)) renameSync(`${log}.${age}`, `${log}.${age + 1}`);
  }
  copyFileSync(log, `${log}.1`);
  truncateSync(log);
}
