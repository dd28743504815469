import type { TokenVerifier } from '@sagacity/chassis/auth/token-verifier';
import { commonStatuses } from '@sagacity/chassis/errors/problem';
import { type HealthChecks, mountHealth } from '@sagacity/chassis/http/health';
import { observeRequests } from '@sagacity/chassis/http/observe';
import { methodNotAllowed, notFound, problemHandler } from '@sagacity/chassis/http/problems';
import type { Logger } from '@sagacity/chassis/logging/logger';
import cors from 'cors';
import express, { type Express, type RequestHandler } from 'express';
import helmet from 'helmet';
import type { Registry } from 'prom-client';
import { apiDocs } from '../docs/api-docs.ts';
import type { Limiters } from '../limits/limiters.ts';
import type { GatewayRoute } from '../routes.ts';
import { type ForwardDeps, forward } from '../upstreams/forward.ts';
import { authenticate } from './authenticate.ts';
import { guardBody } from './body-guard.ts';
import { cleanHeaders } from './clean-headers.ts';
import { guardParameters } from './guard-parameters.ts';
import { guardPath } from './guard-path.ts';
import { problems } from './problems.ts';
import type { SessionRevocations } from './revocations.ts';

export interface ChainDeps extends ForwardDeps {
  readonly routes: readonly GatewayRoute[];
  readonly logger: Logger;
  readonly registry: Registry;
  readonly readiness: HealthChecks;
  readonly limiters: Limiters;
  readonly verifyToken: TokenVerifier;
  readonly revocations: SessionRevocations;
  readonly healthOfAll: RequestHandler;
  readonly trustedProxies: readonly string[];
  readonly corsOrigins: readonly string[];
}

/** Answers are data: a browser that takes one for a page runs, loads and frames nothing of it. */
const nothingForBrowsers = {
  defaultSrc: ["'none'"],
  objectSrc: ["'none'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"],
};

const statuses = { ...commonStatuses, ...problems } as const;

/** The way of a request through the gateway, from top to bottom; nothing here reads a body. */
export function createChain(deps: ChainDeps): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('case sensitive routing', true);
  app.set('trust proxy', deps.trustedProxies.length > 0 ? [...deps.trustedProxies] : false);
  mountHealth(app, deps.readiness, deps.registry);
  app.get('/health', deps.healthOfAll);
  app.use(observeRequests(deps.logger, deps.registry));
  // Before the first refusal, so that refusals have them too.
  app.use(helmet({ contentSecurityPolicy: { useDefaults: false, directives: nothingForBrowsers } }));
  app.use(guardPath);
  app.use(cleanHeaders);
  if (deps.corsOrigins.length > 0)
    app.use(cors({ origin: [...deps.corsOrigins], exposedHeaders: ['etag', 'location', 'x-request-id'] }));
  app.use(deps.limiters.address);
  app.use(apiDocs());
  for (const route of deps.routes) app[route.method](route.path, ...stepsOf(route, deps));
  for (const [path, methods] of methodsByPath(deps.routes)) app.all(path, methodNotAllowed(methods));
  app.use(notFound);
  app.use(problemHandler(statuses, deps.logger));
  return app;
}

function stepsOf(route: GatewayRoute, deps: ChainDeps): RequestHandler[] {
  const nameRoute: RequestHandler = (_request, response, next) => {
    response.locals.route = route.path;
    next();
  };
  return [
    nameRoute,
    guardParameters,
    authenticate(route, deps),
    deps.limiters.user,
    ...(route.limit ? [deps.limiters.named[route.limit]] : []),
    guardBody(route.maxBodyBytes),
    forward(route, deps),
  ];
}

function methodsByPath(routes: readonly GatewayRoute[]): Map<string, string[]> {
  const methods = new Map<string, string[]>();
  for (const { path, method } of routes) methods.set(path, [...(methods.get(path) ?? []), method.toUpperCase()]);
  return methods;
}
