import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';

const root = join(import.meta.dirname, '../..');

describe('the table of what a cancel does in each state', () => {
  it('has one row for each test, and one test for each row', () => {
    const rows = documentedRows();
    expect(rows.length).to.be.greaterThan(20);
    expect(new Set(rows).size).to.equal(rows.length);
    expect(rows).to.have.members(testTitles());
  });
});

/** The first cells of every table below the heading, without the heads. */
function documentedRows(): string[] {
  const page = readFileSync(join(root, 'docs/api/orders.md'), 'utf8');
  const [, section = ''] = page.split('### What a cancel does in each state\n');
  const [own = ''] = section.split(/^#{1,3} /m);
  const cells = own.split('\n').flatMap((line) => /^\| (.*?) +\|/.exec(line)?.[1] ?? []);
  return cells.filter((cell) => cell !== 'at that moment' && !/^-+$/.test(cell));
}

function testTitles(): string[] {
  const files = globSync('test/e2e/cancel-*.test.ts', { cwd: root }).filter((file) => !file.includes('cancel-table'));
  return files.flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/^ {2}it\('(.*)', async/gm)].map(([, title = '']) => title),
  );
}
