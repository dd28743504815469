import type { HttpAnswer } from '@sagacity/chassis/test-kit/http';
import { expect } from 'chai';
import { accessMatrix, type Role, roles } from '../../api-docs/src/access-matrix.ts';
import { routes } from '../../gateway/src/routes.ts';
import { setting } from '../e2e/shop.ts';
import { type DocumentedApi, readDocumentedApi } from './documented.ts';
import { createWorld, type World } from './world.ts';

/** Called here with what is refused on purpose; their successes are tested where signatures and sagas can be made. */
const refusedOnPurpose = [
  'post /payments/webhooks/:provider',
  'post /payments/:payment_id/refunds',
  'post /products/import',
  'get /products/imports/:import_id',
  'post /admin/sagas/:saga_id/actions',
  'get /admin/sagas/stream',
  'post /admin/dead-letters/:dead_letter_id/replay',
];

describe('who may do what', () => {
  const succeeded = new Set<string>();
  let world: World;
  let documented: DocumentedApi;

  before(async function () {
    this.timeout(60_000);
    world = await createWorld();
    documented = await readDocumentedApi();
  });

  it("has a row for every route of the gateway's table", () => {
    const served = routes.map(({ method, path }) => `${method} ${path}`);
    expect(accessMatrix.map(({ route }) => route).sort()).to.deep.equal(served.sort());
  });

  for (const { route, statuses } of accessMatrix) {
    it(`${route}: ${roles.map((role) => `${role} ${statuses[role]}`).join(', ')}`, async () => {
      const answers = new Map<Role, HttpAnswer>();
      for (const role of roles) answers.set(role, await world.call(setting('E2E_GATEWAY_URL'), role, route));
      const got = Object.fromEntries([...answers].map(([role, { status }]) => [role, status]));
      expect(got).to.deep.equal(statuses);
      for (const answer of answers.values()) expect(documented.faultOf(route, answer)).to.equal(undefined);
      if ([...answers.values()].some(({ status }) => status < 300)) succeeded.add(route);
    }).timeout(60_000);
  }

  it('called every operation of the OpenAPI document, and each answered as documented', () => {
    const operations = Object.entries(documented.document.paths).flatMap(([path, byMethod]) =>
      Object.keys(byMethod).map((method) => `${method} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
    );
    expect([...succeeded, ...refusedOnPurpose].sort()).to.deep.equal(operations.sort());
  });
});
