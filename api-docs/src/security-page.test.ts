import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { accessMatrix, roles } from './access-matrix.ts';
import { projectFolder } from './service-routes.ts';

const numbered = (prefix: string, ...numbers: number[]) => numbers.map((number) => `${prefix}${number}`);

/** Ten risks, and the chapters of the ASVS but OAuth (V10) and WebRTC (V17), which the shop does not speak. */
const items = [
  ...numbered('API', 1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
  ...numbered('V', 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16),
];

describe('docs/security.md', () => {
  const rows = readRows();

  it('has rows for every item', () => {
    expect([...new Set(rows.map(({ item }) => item))].sort()).to.deep.equal([...items].sort());
  });

  it('names tests that there are, and one at least in each row', () => {
    const tests = testSources();
    for (const { text, titles } of rows) {
      expect(titles, text).not.to.deep.equal([]);
      expect(
        titles.filter((title) => !isThere(title, tests)),
        'titles of no test',
      ).to.deep.equal([]);
    }
  });
});

interface Row {
  readonly item: string;
  readonly text: string;
  readonly titles: readonly string[];
}

function readRows(): Row[] {
  const page = readFileSync(join(projectFolder, 'docs/security.md'), 'utf8');
  return page.split('\n').flatMap((text) => {
    const item = /^\| ((?:API|V)\d+)\b/.exec(text)?.[1];
    const titles = [...(text.split('|').at(-2) ?? '').matchAll(/"([^"]+)"/g)].map(([, title]) => title ?? '');
    return item === undefined ? [] : [{ item, text, titles }];
  });
}

/** A title stands written out, is put together of a text and a table's entry (`refuses them: <entry>`), or is a row of the access matrix. */
function isThere(title: string, tests: string): boolean {
  const [, beginning = '', entry = ''] = /^(.*: )(.*)$/.exec(title) ?? [];
  const isEntry = tests.includes(`'${entry}'`) || tests.includes(`  ${entry}: `);
  return (
    ["'", '"', '`'].some((quote) => tests.includes(`it(${quote}${title}${quote}`)) ||
    (entry !== '' && isEntry && tests.includes(`it(\`${beginning}\${`)) ||
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
