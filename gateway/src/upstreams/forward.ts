import { setTimeout as delay } from 'node:timers/promises';
import { DomainError } from '@sagacity/chassis/errors/domain-error';
import type { Request, RequestHandler, Response } from 'express';
import { bodyOverflow } from '../http/body-guard.ts';
import type { GatewayMetrics } from '../metrics.ts';
import type { GatewayRoute } from '../routes.ts';
import { pickInstance } from './balancer.ts';
import type { Directory } from './directory.ts';
import type { Instance, Outcome } from './instance.ts';
import type { Forwarder } from './proxy.ts';
import type { RetryBudget } from './retry-budget.ts';

export interface ForwardDeps {
  readonly directory: Directory;
  readonly forwarder: Forwarder;
  readonly budget: RetryBudget;
  readonly metrics: GatewayMetrics;
  readonly timeouts: ForwardTimeouts;
}

/** How long an instance may take before it begins to answer, in milliseconds. */
export interface ForwardTimeouts {
  readonly readMs: number;
  readonly writeMs: number;
}

export const defaultTimeouts: ForwardTimeouts = { readMs: 3_000, writeMs: 10_000 };

// `Prefer: wait=N` lets an order's answer take up to 20 s.
const waitMarginMs = 25_000;

/** Forwards a request to an instance of the route's service; reads are tried once more elsewhere, writes only when no byte can have been handled. */
export function forward(route: GatewayRoute, deps: ForwardDeps): RequestHandler {
  return async (request, response) => {
    const startedAt = performance.now();
    const timeoutMs = timeoutOf(route, request, deps.timeouts);
    if (timeoutMs !== undefined) request.headers['x-request-deadline'] = String(Date.now() + timeoutMs);
    deps.budget.countRequest();
    // First of those that hear of the end: the line of the log is written then, and an answered attempt resolves after it.
    response.prependOnceListener('close', () =>
      addFacts(response, { upstream_ms: Math.round((performance.now() - startedAt) * 10) / 10 }),
    );
    const outcome = await tryInstances(route, request, response, timeoutMs, deps);
    bodyOverflow(response)?.throwIfAborted();
    if (outcome.kind !== 'answered') throw refusalFor(outcome.kind, route);
  };
}

async function tryInstances(
  route: GatewayRoute,
  request: Request,
  response: Response,
  timeoutMs: number | undefined,
  deps: ForwardDeps,
): Promise<Outcome> {
  const tried = new Set<Instance>();
  for (let attempts = 1; ; attempts += 1) {
    const instance = pickInstance(deps.directory.instancesOf(route.service), tried);
    addFacts(response, { upstream: route.service, instance: instance?.url, attempts });
    if (!instance) return { kind: 'refused' };
    tried.add(instance);
    const outcome = await instance.attempt(() => deps.forwarder(request, response, instance.url, timeoutMs));
    deps.metrics.countUpstream(route.service, outcome);
    if (outcome.kind === 'answered' || attempts > 1 || !mayRetry(request, outcome) || !deps.budget.take()) {
      return outcome;
    }
    deps.metrics.retries.inc({ upstream: route.service });
    await delay(25 + Math.random() * 50);
  }
}

/** For the line that the log gets when the response closes. */
function addFacts(response: Response, facts: object): void {
  response.locals.facts = { ...response.locals.facts, ...facts };
}

/** A read may be repeated unless time is up; anything else only when the connection was never made. */
function mayRetry(request: Request, outcome: Outcome): boolean {
  if (outcome.kind === 'refused' || outcome.kind === 'breaker_open') return bodyIsUntouched(request);
  return outcome.kind === 'reset' && (request.method === 'GET' || request.method === 'HEAD');
}

/** The body is streamed; once a byte of it was taken it cannot be sent again. */
function bodyIsUntouched(request: Request): boolean {
  return !request.readableDidRead;
}

function timeoutOf(route: GatewayRoute, request: Request, timeouts: ForwardTimeouts): number | undefined {
  if (route.stream) return undefined;
  if (/\bwait=/i.test(String(request.headers.prefer ?? ''))) return waitMarginMs;
  return route.method === 'get' ? timeouts.readMs : timeouts.writeMs;
}

function refusalFor(kind: 'refused' | 'reset' | 'timeout' | 'breaker_open', route: GatewayRoute): DomainError {
  if (kind === 'timeout') return new DomainError('service.timeout', `The ${route.service} did not answer in time.`);
  return new DomainError('service.unavailable', `The ${route.service} is not available right now.`, {
    retryAfterSeconds: 2,
  });
}
