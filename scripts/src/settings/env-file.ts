import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { Trouble } from '../os/tell.ts';

/** The settings of a file of KEY=VALUE lines; none when there is no such file, an error when a line is no setting. */
export function readEnvFile(path: string): Record<string, string> {
  return existsSync(path) ? parseSettings(readFileSync(path, 'utf8'), path) : {};
}

/** Reads KEY=VALUE lines: blank lines and # comments are skipped, quotes around a value are taken off. */
export function parseSettings(text: string, path: string): Record<string, string> {
  const wrong = text.split('\n').findIndex((line) => !/^\s*(#.*|(export\s+)?[A-Za-z_]\w*\s*=.*)?\s*$/.test(line));
  if (wrong >= 0) {
    throw new Trouble(`line ${wrong + 1} of ${path} is no setting`, 'write KEY=VALUE, or # before a comment');
  }
  return parseEnv(text) as Record<string, string>;
}
