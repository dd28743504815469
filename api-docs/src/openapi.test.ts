import type { Route } from '@sagacity/chassis/http/route';
import { templateOf } from '@sagacity/chassis/openapi/document';
import type { Operation } from '@sagacity/chassis/openapi/document-parts';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { expect } from 'chai';
import { type GatewayRoute, routes as gatewayRoutes } from '../../gateway/src/routes.ts';
import { describeShop, isSame } from './openapi.ts';
import { type PublishedService, readServices } from './service-routes.ts';

describe('the OpenAPI document', () => {
  before(async function () {
    // Loads the sources of all services.
    this.timeout(60_000);
    await readServices();
  });

  it('is valid OpenAPI 3.1', async () => {
    const { valid, errors } = await new Validator().validate({ ...(await describeShop()) });
    expect(errors ?? []).to.deep.equal([]);
    expect(valid).to.equal(true);
  });

  it('has every operation of the gateway and nothing else', async () => {
    const document = await describeShop();
    const described = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method} ${path}`),
    );
    expect(described.sort()).to.deep.equal(
      gatewayRoutes.map(({ method, path }) => `${method} ${templateOf(path)}`).sort(),
    );
  });

  it('names each operation and each parameter of its path once', async () => {
    const operations = await allOperations();
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).to.equal(ids.length);
    for (const { path, operation } of operations) {
      const inPath = operation.parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
      expect(inPath, path).to.deep.equal([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
    }
  });

  it('gives each operation a summary, a described success and problems', async () => {
    for (const { path, method, operation } of await allOperations()) {
      const title = `${method} ${path}`;
      expect(operation.summary, title).to.match(/^[A-Z].{5,}[^.]$/);
      const statuses = Object.keys(operation.responses).map(Number);
      expect(
        statuses.some((status) => status < 300),
        title,
      ).to.equal(true);
      expect(statuses, title).to.include.members([400, 429, 500, 503]);
      if (operation['x-access'] !== 'public') expect(statuses, title).to.include(401);
      if (operation['x-access'] === 'admin') expect(statuses, title).to.include(403);
      expect(operation.requestBody !== undefined || !['put'].includes(method), title).to.equal(true);
    }
  });

  it('shows examples of bodies that the operations accept', async () => {
    const ajv = formats.default(new Ajv2020({ strict: false, multipleOfPrecision: 6 }));
    const { components } = await describeShop();
    const bodies = (await allOperations()).flatMap(({ operation }) =>
      Object.values(operation.requestBody?.content ?? {}),
    );
    const schemas = [...Object.values(components.schemas), ...bodies.map(({ schema }) => schema)];
    const given = schemas.flatMap(({ examples = [], ...schema }) =>
      (examples as unknown[]).map((example) => ({ example, schema: { ...schema, components } })),
    );
    expect(given).to.have.length.above(5);
    for (const { example, schema } of given) {
      expect(ajv.validate(schema, example), `${JSON.stringify(example)}: ${ajv.errorsText()}`).to.equal(true);
    }
  });

  it('says how every success looks that has a body', async () => {
    for (const { path, method, operation } of await allOperations()) {
      for (const [status, response] of Object.entries(operation.responses)) {
        if (['204', '304'].includes(status) || '$ref' in response) continue;
        expect(response.content, `${method} ${path} ${status}`).to.be.an('object');
      }
    }
  });
});

describe("the gateway's table", () => {
  it('lets through whom the service lets through', async () => {
    const services = await readServices();
    for (const row of gatewayRoutes) {
      const route = routeOf(services, row);
      expect(
        { access: route.access, ignoresToken: route.ignoresToken ?? false, stream: isStream(route) },
        `${row.method} ${row.path}`,
      ).to.deep.equal({
        access: row.access,
        ignoresToken: row.ignoresToken ?? false,
        stream: row.stream ?? false,
      });
    }
  });
});

async function allOperations(): Promise<{ path: string; method: string; operation: Operation }[]> {
  const { paths } = await describeShop();
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ path, method, operation })),
  );
}

function routeOf(services: readonly PublishedService[], row: GatewayRoute): Route {
  const route = services.find(({ service }) => service === row.service)?.routes.find((one) => isSame(one, row));
  if (!route) throw new Error(`${row.service} does not serve ${row.method} ${row.path}`);
  return route;
}

function isStream(route: Route): boolean {
  return route.answers[200]?.contentType === 'text/event-stream';
}
