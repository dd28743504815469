import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { accessMatrix, roles } from './access-matrix.ts';
import { projectFolder } from './service-routes.ts';

describe('docs/security.md', () => {
  it('names tests that there are, and one at least in each row', () => {
    const rows = readFileSync(join(projectFolder, 'docs/security.md'), 'utf8')
      .split('\n')
      .filter((line) => /^\| (?:API|V)\d/.test(line));
    expect(rows).to.have.length.greaterThan(15);
    const tests = testSources();
    for (const row of rows) {
      const titles = [...(row.split('|')[3] ?? '').matchAll(/"([^"]+)"/g)].map(([, title]) => title ?? '');
      expect(titles, row).not.to.deep.equal([]);
      expect(titles.filter((title) => !isThere(title, tests))).to.deep.equal([]);
    }
  });
});

/** A title may be written out, or be made from a table's entry: `refuses them: <entry>`, or from the access matrix. */
function isThere(title: string, tests: string): boolean {
  const entry = title.split(': ').at(-1) ?? '';
  return (
    tests.includes(title) ||
    tests.includes(`'${entry}':`) ||
    accessMatrix.some(
      ({ route, statuses }) => title === `${route}: ${roles.map((role) => `${role} ${statuses[role]}`).join(', ')}`,
    )
  );
}

function testSources(): string {
  const files = globSync(['*/test/**/*.test.ts', '*/src/**/*.test.ts', 'test/**/*.test.ts'], { cwd: projectFolder });
  return files
    .filter((file) => !file.includes('node_modules') && !file.endsWith('security-page.test.ts'))
    .map((file) => readFileSync(join(projectFolder, file), 'utf8'))
    .join('\n');
}
