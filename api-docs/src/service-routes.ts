import { globSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ProblemStatuses } from '@sagacity/chassis/errors/problem';
import type { Route } from '@sagacity/chassis/http/route';
import type { ServiceRoutes } from '@sagacity/chassis/openapi/document';
import type { Service } from '../../gateway/src/routes.ts';

export const projectFolder = join(import.meta.dirname, '../..');

/** What a service publishes over HTTP, read from its source: nothing of it is started. */
export interface PublishedService extends ServiceRoutes {
  readonly service: Service;
}

export const servicesWithRoutes: readonly Service[] = [
  'user-service',
  'product-service',
  'order-service',
  'payment-service',
  'notification-service',
  'saga-orchestrator',
  'outbox-relay',
];

/** The routes of all services: what the factories in each `src/http/*-routes.ts` declare, and the statuses in its `problems.ts`. */
export function readServices(): Promise<readonly PublishedService[]> {
  return Promise.all(servicesWithRoutes.map(readService));
}

async function readService(service: Service): Promise<PublishedService> {
  const modules = await importAll(`${service}/src/http/*-route{,s}.ts`);
  const factories = modules.flatMap(Object.entries).filter(([name]) => /Routes?$/.test(name));
  const routes = factories.flatMap(([, factory]) => (factory as (deps: unknown) => Route | Route[])(nothing));
  const [problems] = await importAll(`${service}/src/http/problems.ts`);
  return { service, routes, problems: (problems?.problems ?? {}) as ProblemStatuses };
}

/** Every export of the modules that match the pattern, by module; tests left out. */
export function importAll(pattern: string): Promise<readonly Record<string, unknown>[]> {
  const files = globSync(pattern, { cwd: projectFolder }).filter((file) => !file.endsWith('.test.ts'));
  return Promise.all(files.sort().map((file) => import(pathToFileURL(join(projectFolder, file)).href)));
}

/** Stands for every dependency: factories only hand them to handlers, and no handler is called here. */
const nothing: unknown = new Proxy(() => nothing, { get: () => nothing });
