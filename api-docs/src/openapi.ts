import type { Route } from '@sagacity/chassis/http/route';
import type { OpenApiDocument } from '@sagacity/chassis/openapi/document';
import { openApiDocument } from '@sagacity/chassis/openapi/document';
import { type GatewayRoute, routes as gatewayRoutes, type Service } from '../../gateway/src/routes.ts';
import { errorMeanings } from './error-meanings.ts';
import { importAll, type PublishedService, readServices, servicesWithRoutes } from './service-routes.ts';

const description =
  `An order backend in which an order is never half done. JSON in snake_case, timestamps in RFC 3339 UTC, money as a
number with two decimals. Unknown fields and parameters are refused. Errors are \`application/problem+json\` (RFC 9457) with a stable
\`code\`. A thing that belongs to somebody else answers 404, exactly as one that does not exist.`.replaceAll('\n', ' ');

const about: Readonly<Record<Service, string>> = {
  'user-service': 'Accounts, logins and sessions',
  'product-service': 'Catalogue, search, stock and imports',
  'order-service': 'Placing, following and cancelling orders',
  'payment-service': 'Payments, refunds and the webhooks of providers',
  'notification-service': 'What was mailed to whom',
  'saga-orchestrator': 'For admins: sagas, dead letters, instances, audit',
  'outbox-relay': 'For admins: the outboxes',
};

const meanings = Object.fromEntries(
  Object.entries(errorMeanings).map(([code, { meaning, remedy }]) => [code, `${meaning} ${remedy}`]),
);

/** The document of everything that can be reached through the gateway: the operations of its route table and no other. */
export async function describeShop(): Promise<OpenApiDocument> {
  const services = await readServices();
  const reachable = services.map((published) => ({
    ...published,
    about: about[published.service],
    routes: reachableOf(published),
  }));
  return openApiDocument(reachable, { title: 'Sagacity', description, names: await schemaNames(), meanings });
}

/** A service's routes that the gateway's table lists for it, in the table's order. */
function reachableOf({ service, routes }: PublishedService): readonly Route[] {
  const ofService = gatewayRoutes.filter((row) => row.service === service);
  return ofService.flatMap((row) => routes.find((route) => isSame(route, row)) ?? []);
}

export function isSame(route: Pick<Route, 'method' | 'path'>, row: Pick<GatewayRoute, 'method' | 'path'>): boolean {
  return route.method === row.method && route.path === row.path;
}

/** The object schemas that services export in their contracts, by identity: `orderSchema` is named Order. */
async function schemaNames(): Promise<ReadonlyMap<object, string>> {
  const names = new Map<object, string>();
  const owners = new Map<string, string>();
  for (const service of servicesWithRoutes) {
    for (const [exported, value] of (await importAll(`${service}/src/contract/*.ts`)).flatMap(Object.entries)) {
      if (!isObjectSchema(value) || names.has(value)) continue;
      const name = nameOf(exported);
      const owner = owners.get(name) ?? service;
      // Two services may have a schema of one name, such as a path's parameters; only the first is known by it.
      if (owner === service) names.set(value, name);
      owners.set(name, owner);
    }
  }
  return names;
}

function isObjectSchema(value: unknown): value is object {
  return typeof value === 'object' && value !== null && 'properties' in value;
}

function nameOf(exported: string): string {
  const name = exported.replace(/Schema$/, '');
  return name.charAt(0).toUpperCase() + name.slice(1);
}
