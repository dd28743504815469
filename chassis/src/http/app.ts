import { pipeline } from 'node:stream';
import express, { type Express, type Request, type Response } from 'express';
import type { Registry } from 'prom-client';
import { isAdmin } from '../auth/actor.ts';
import { readBearer, type TokenVerifier } from '../auth/token-verifier.ts';
import { DomainError } from '../errors/domain-error.ts';
import { commonStatuses, type ProblemStatuses } from '../errors/problem.ts';
import type { Logger } from '../logging/logger.ts';
import { openApiDocument } from '../openapi/document.ts';
import type { Answer } from './answers.ts';
import { type HealthChecks, mountHealth } from './health.ts';
import { observeRequests } from './observe.ts';
import { methodNotAllowed, notFound, problemHandler } from './problems.ts';
import { deadlineHeader, readDeadline } from './request-context.ts';
import type { Route } from './route.ts';
import { requestValidator } from './validation.ts';

export interface HttpAppOptions {
  readonly logger: Logger;
  readonly metrics: Registry;
  readonly routes: readonly Route[];
  readonly verifyToken: TokenVerifier;
  /** What must work for this instance to be ready, by name. */
  readonly readiness: HealthChecks;
  /** Statuses of the service's own error codes. */
  readonly problems: ProblemStatuses;
}

const bodyLimit = '64kb';
/** Why a request's signal is aborted, made once: with each request it would cost more than its validation. */
const answered = new Error('the response is closed');

/**
 * The HTTP side of a service: validated routes, health, metrics, one log line per request, and problem+json as the only way for errors to leave.
 * Routes are tried in their order, so `/products/search` goes before `/products/:product_id`.
 */
export function createHttpApp(options: HttpAppOptions): Express {
  const statuses = { ...commonStatuses, ...options.problems };
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('case sensitive routing', true);
  mountHealth(app, options.readiness, options.metrics);
  mountDocument(app, options);
  app.use(observeRequests(options.logger, options.metrics));
  app.use(express.json({ limit: bodyLimit, verify: keepRawBody }));
  for (const route of options.routes) app[route.method](route.path, handlerOf(route, options));
  for (const [path, methods] of methodsByPath(options.routes)) app.all(path, methodNotAllowed(methods));
  app.use(notFound);
  app.use(problemHandler(statuses, options.logger));
  return app;
}

/** `/openapi.json`: this service's own operations. Like health, it is for those who run the shop; the gateway serves the document of the whole. */
function mountDocument(app: Express, { routes, problems }: HttpAppOptions): void {
  const document = openApiDocument([{ routes, problems }], {
    title: 'One service of Sagacity',
    description: 'The operations of this service, as it answers them on its own port.',
  });
  const text = JSON.stringify(document);
  app.get('/openapi.json', (_request, response) => response.type('application/json').send(text));
}

function handlerOf(route: Route, { verifyToken, logger }: HttpAppOptions) {
  const validate = requestValidator(route);
  return async (request: Request, response: Response) => {
    response.locals.route = route.path;
    const deadlineMs = readDeadline(request.get(deadlineHeader));
    refuseLate(deadlineMs);
    const actor = await authenticate(request, route, verifyToken);
    const { params, query, body } = validate({
      params: request.params,
      query: request.query,
      body: readBody(request, route),
    });
    const gone = new AbortController();
    response.once('close', () => gone.abort(answered));
    const answer = await route.handle({
      actor,
      upload: request,
      mediaType: mediaTypeOf(request, route),
      params: params as never,
      query: query as never,
      body: body as never,
      rawBody: (request as { rawBody?: Buffer }).rawBody ?? Buffer.alloc(0),
      requestId: response.locals.requestId as string,
      traceparent: response.locals.traceparent as string,
      deadlineMs,
      header: (name) => request.get(name),
      signal: gone.signal,
      clientAddress: request.ip ?? '',
    });
    send(response, answer, logger);
  };
}

/** Whom nobody waits for any more was answered already, and may be asking again: work for it would be wasted, or done twice. */
function refuseLate(deadlineMs: number | undefined): void {
  if (deadlineMs === undefined || Date.now() < deadlineMs) return;
  throw new DomainError('service.timeout', 'The request came after its caller had given up.');
}

async function authenticate(request: Request, { access, ignoresToken }: Route, verifyToken: TokenVerifier) {
  if (access === 'public' && ignoresToken) return undefined as never;
  const token = readBearer(request.get('authorization'));
  if (token === undefined) {
    if (access === 'public') return undefined as never;
    throw new DomainError('auth.required', 'An access token is required.');
  }
  const actor = await verifyToken(token);
  if (access === 'admin' && !isAdmin(actor)) throw new DomainError('auth.forbidden', 'This needs the admin role.');
  return actor;
}

/** Refuses an upload of a type that the route does not take. */
function mediaTypeOf(request: Request, { upload }: Route): string {
  const mediaType = (request.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (upload && !upload.includes(mediaType)) {
    throw new DomainError('request.unsupported_media_type', `The body must be ${upload.join(' or ')}.`);
  }
  return mediaType;
}

function readBody(request: Request, route: Route): unknown {
  if (route.body === undefined) return undefined;
  const length = (request as { rawBody?: Buffer }).rawBody?.length ?? 0;
  if (length > 0) return request.body;
  const sent = Number(request.get('content-length') ?? 0) > 0 || request.get('transfer-encoding') !== undefined;
  if (sent) throw new DomainError('request.unsupported_media_type', 'The body must be application/json.');
  if (route.bodyOptional) return {};
  throw new DomainError('request.malformed', 'A JSON body is required.');
}

function send(response: Response, answer: Answer, logger: Logger): void {
  response.status(answer.status);
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
  if (answer.stream) {
    response.flushHeaders();
    // A stream that breaks off ends its response alone; without a callback it would end the process.
    pipeline(answer.stream, response, (error) => {
      if (error) logger.debug('a stream ended early', { error });
    });
  } else if (answer.json !== undefined) response.type('json').send(answer.json);
  else if (answer.body === undefined) response.end();
  else response.json(answer.body);
}

function keepRawBody(request: object, _response: unknown, bytes: Buffer): void {
  (request as { rawBody?: Buffer }).rawBody = bytes;
}

function methodsByPath(routes: readonly Route[]): Map<string, string[]> {
  const methods = new Map<string, string[]>();
  for (const { path, method } of routes) methods.set(path, [...(methods.get(path) ?? []), method.toUpperCase()]);
  return methods;
}
