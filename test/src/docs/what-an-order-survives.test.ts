import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';

const root = join(import.meta.dirname, '../../..');
const page = join(root, 'docs/what-an-order-survives.md');
const ids = [...numbered('S', 8), ...numbered('M', 12), ...numbered('G', 15)];

interface Row {
  readonly id: string;
  readonly cells: readonly string[];
  readonly tests: readonly { readonly title: string; readonly path: string }[];
}

describe('docs/what-an-order-survives.md', () => {
  const rows = readRows(readFileSync(page, 'utf8'));

  it('has one row for each fault, with the fault, the guard and its tests', () => {
    expect(rows.map(({ id }) => id)).to.deep.equal(ids);
    for (const { id, cells, tests } of rows) {
      expect(
        cells.filter((cell) => cell === ''),
        id,
      ).to.deep.equal([]);
      expect(tests.length, `tests of ${id}`).to.be.greaterThan(0);
    }
  });

  it('names tests that exist, in the files that it names, each under the id of its row', () => {
    const faults = rows.flatMap(({ id, tests }) =>
      tests.flatMap(({ title, path }) => {
        if (!title.startsWith(`${id}: `)) return [`${id} names "${title}", which is not one of its own`];
        const file = join(dirname(page), path);
        if (!existsSync(file)) return [`${id} names ${path}, which does not exist`];
        const titles = titlesIn(readFileSync(file, 'utf8'));
        return titles.some((known) => known.test(title)) ? [] : [`${path} has no test "${title}"`];
      }),
    );
    expect(faults).to.deep.equal([]);
  });

  it('is not behind the tests: whatever id a test begins with stands on the page', () => {
    const files = globSync('*/{src,test}/**/*.test.ts', {
      cwd: root,
      exclude: (path) => path.includes('node_modules'),
    });
    const used = files.flatMap((path) => [
      ...readFileSync(join(root, path), 'utf8').matchAll(/\bit\(\s*['"`]([SMG]\d+): /g),
    ]);
    expect(used.length).to.be.greaterThan(100);
    expect(used.map(([, id]) => id).filter((id) => !ids.includes(id ?? ''))).to.deep.equal([]);
  });
});

function numbered(letter: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${letter}${index + 1}`);
}

function readRows(markdown: string): Row[] {
  return markdown.split('\n').flatMap((line) => {
    const cells = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
    const [id = ''] = cells;
    if (!/^[SMG]\d+$/.test(id)) return [];
    const links = [...(cells.at(-1) ?? '').matchAll(/\[([^\]]+)\]\(([^)]+)\)/g)];
    return [{ id, cells, tests: links.map(([, title = '', path = '']) => ({ title, path })) }];
  });
}

/** The titles of a file's tests; what a template fills in may be anything. */
function titlesIn(source: string): RegExp[] {
  return [...source.matchAll(/\bit\(\s*(['"`])(.*?)(?<!\\)\1,/gs)].map(([, , title = '']) => {
    const parts = title.replaceAll("\\'", "'").split(/\$\{[^}]+\}/);
    return new RegExp(`^${parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.+')}$`, 's');
  });
}
