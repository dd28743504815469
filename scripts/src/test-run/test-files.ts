import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '../instance/instance.ts';

export const testKinds = ['unit', 'component', 'end to end', 'faults', 'containers'] as const;

/**
 * unit: pure, beside the source. component: a service or the chassis against real servers. end to end: the whole
 * system through the gateway, in `test/e2e` and `test/security`. faults: the same while parts of it are killed.
 * containers: the same in containers; they need a Docker engine and run in `make chaos MODE=docker` alone.
 */
export type TestKind = (typeof testKinds)[number];

export type TestFile = { kind: TestKind; path: string };

/** All test files of the project whose path contains `only`. */
export function findTestFiles(only = ''): TestFile[] {
  const { workspaces } = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8')) as {
    workspaces: string[];
  };
  const patterns = workspaces.flatMap((folder) => [`${folder}/src/**/*.test.ts`, `${folder}/test/**/*.test.ts`]);
  return [...new Set(globSync([...patterns, 'deploy/**/*.test.ts', 'test/**/*.test.ts'], { cwd: projectFolder }))]
    .filter((path) => path.includes(only))
    .sort()
    .map((path) => ({ kind: kindOf(path), path }));
}

/** Which kind a test file is, by where it stands. */
export function kindOf(path: string): TestKind {
  if (path.startsWith('test/e2e/') || path.startsWith('test/security/')) return 'end to end';
  if (path.startsWith('test/faults/')) return 'faults';
  if (path.startsWith('test/containers/')) return 'containers';
  return /^[^/]+\/src\//.test(path) ? 'unit' : 'component';
}
