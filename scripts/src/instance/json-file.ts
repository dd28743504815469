import { readFileSync, renameSync, writeFileSync } from 'node:fs';

/** Reads a JSON file of ours; undefined when there is none. */
export function readJson<T>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    if (error instanceof SyntaxError) throw new Error(`${path} holds no JSON`, { cause: error });
    throw error;
  }
}

/** Writes the file in one step, readable by its owner alone: a reader sees the old or the new, never a half. */
export function writeJson(path: string, value: unknown): void {
  const draft = `${path}.${process.pid}.new`;
  writeFileSync(draft, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, path);
}
