import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';

const root = join(import.meta.dirname, '../../..');
const outside = /^[a-z]+:/;

describe('the pages', () => {
  for (const page of globSync(['*.md', 'docs/**/*.md', '*/README.md'], { cwd: root }).sort()) {
    it(`${page} links only to files and headings that there are`, () => {
      const links = [...readFileSync(join(root, page), 'utf8').matchAll(/\]\(([^()\s]+)\)/g)].map(([, to = '']) => to);
      const broken = links.filter((link) => !outside.test(link)).filter((link) => !leadsSomewhere(page, link));

      expect(broken).to.deep.equal([]);
    });
  }

  it('in docs/api are all reached from its overview', () => {
    const overview = readFileSync(join(root, 'docs/api/README.md'), 'utf8');
    const missing = globSync('*.md', { cwd: join(root, 'docs/api') }).filter((file) => !overview.includes(`(${file})`));

    expect(missing).to.deep.equal(['README.md']);
  });
});

function leadsSomewhere(page: string, link: string): boolean {
  const [path = '', heading] = link.split('#');
  const target = path === '' ? join(root, page) : join(root, dirname(page), path);
  return existsSync(target) && (heading === undefined || headingsOf(target).includes(heading));
}

/** The anchors of a page as GitHub makes them. */
function headingsOf(target: string): string[] {
  const headings = readFileSync(target, 'utf8').matchAll(/^#+ (.+)$/gm);
  return [...headings].map(([, text = '']) =>
    text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
