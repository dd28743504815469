import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { accessPage } from './access-page.ts';
import { configurationPage } from './configuration-page.ts';
import { dependenciesPage } from './dependencies-page.ts';
import { errorsPage } from './errors-page.ts';
import { messagesPage } from './messages-page.ts';
import { describeShop } from './openapi.ts';
import { projectFolder } from './service-routes.ts';

/** Files that are written from the code, by path; `make docs` writes them, a test holds them against the code. */
export const generatedFiles: Readonly<Record<string, () => Promise<string>>> = {
  'gateway/openapi.json': async () => `${JSON.stringify(await describeShop(), null, 1)}\n`,
  'docs/api/access.md': accessPage,
  'docs/errors.md': errorsPage,
  'docs/messages.md': messagesPage,
  'docs/configuration.md': configurationPage,
  'docs/dependencies.md': dependenciesPage,
};

export async function writeGeneratedFiles(): Promise<void> {
  for (const [path, generate] of Object.entries(generatedFiles)) {
    await writeFile(join(projectFolder, path), await generate());
  }
}

export function readGeneratedFile(path: string): Promise<string> {
  return readFile(join(projectFolder, path), 'utf8');
}
