import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Instance } from './instance.ts';

export type Mode = 'native' | 'docker';

/** Sets down how the instance is started, for all commands that come after; scripts/choose-mode.mjs reads it. */
export function rememberMode(instance: Instance, mode: Mode): void {
  writeFileSync(modePath(instance), `${mode}\n`);
}

/** How the instance was started last; undefined when it never was. */
export function rememberedMode(instance: Instance): Mode | undefined {
  try {
    return readFileSync(modePath(instance), 'utf8').trim() as Mode;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function modePath(instance: Instance): string {
  return join(instance.folder, 'mode');
}
