import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Instance, projectFolder } from '../instance/instance.ts';
import { readJson, writeJson } from '../instance/json-file.ts';

/**
 * What the databases were last prepared from: the sources of the migrations, their settings, and the day, since
 * partitions are made some days ahead. Kept with the data of PostgreSQL, so that it goes when that goes.
 */
export function preparedMark(settings: Record<string, string>): string {
  const hash = createHash('sha256').update(new Date().toISOString().slice(0, 10)).update(JSON.stringify(settings));
  for (const path of globSync('migrations/src/**/*.ts', { cwd: projectFolder }).sort()) {
    hash.update(path).update(readFileSync(join(projectFolder, path)));
  }
  return hash.digest('hex');
}

/** True when the databases of the instance were prepared from just this. */
export function isPrepared(instance: Instance, mark: string): boolean {
  return readJson<{ mark: string }>(markPath(instance))?.mark === mark;
}

export function rememberPrepared(instance: Instance, mark: string): void {
  writeJson(markPath(instance), { mark });
}

function markPath(instance: Instance): string {
  return join(instance.folder, 'postgres', 'prepared.json');
}
