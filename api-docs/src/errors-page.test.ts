import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commonStatuses } from '@sagacity/chassis/errors/problem';
import { problemCodesOf } from '@sagacity/chassis/openapi/problem-answers';
import { expect } from 'chai';
import { problems as gatewayProblems } from '../../gateway/src/http/problems.ts';
import { errorMeanings } from './error-meanings.ts';
import { allStatuses } from './errors-page.ts';
import { projectFolder, readServices } from './service-routes.ts';

/** Refusals of commands: sagas see them, no client does. */
const insideOnly = ['order.end_after_pivot', 'stock.nothing_reserved', 'import.unreadable', 'import.gave_up'];

describe('the catalogue of errors', () => {
  before(async function () {
    this.timeout(60_000);
    await readServices();
  });

  it('explains every code that has a status, and no other', async () => {
    expect(Object.keys(errorMeanings).sort()).to.deep.equal(Object.keys(await allStatuses()).sort());
  });

  it('has a status for every code that is thrown', async () => {
    const thrown = matchesInSource(/new DomainError\(\s*'([^']+)'/g);
    expect(thrown).to.have.length.greaterThan(40);
    expect(Object.keys(await allStatuses())).to.include.members(thrown);
  });

  it('has no code that the source does not know beside its status', async () => {
    const known = new Set(
      matchesInSource(/'([a-z_]+\.[a-z_]+)'/g, /^(?!chassis).*\/problems\.ts$|errors\/problem\.ts$/),
    );
    expect(Object.keys(await allStatuses()).filter((code) => !known.has(code))).to.deep.equal([]);
  });

  it('tells for each code of a service which operations answer with it', async () => {
    for (const { service, routes, problems } of await readServices()) {
      const named = new Set(routes.flatMap((route) => problemCodesOf(route)));
      const common = { ...commonStatuses, ...gatewayProblems };
      const own = Object.keys(problems).filter((code) => !(code in common) && !insideOnly.includes(code));
      expect(
        own.filter((code) => !named.has(code)),
        service,
      ).to.deep.equal([]);
    }
  });
});

function matchesInSource(pattern: RegExp, except = /^$/): string[] {
  const files = globSync('{chassis,gateway,*-service,saga-orchestrator,outbox-relay}/src/**/*.ts', {
    cwd: projectFolder,
  });
  const texts = files
    .filter((file) => !file.endsWith('.test.ts') && !except.test(file))
    .map((file) => readFileSync(join(projectFolder, file), 'utf8'));
  return [...new Set(texts.flatMap((text) => [...text.matchAll(pattern)].map(([, code]) => code ?? '')))];
}
