import { setTimeout as delay } from 'node:timers/promises';
import type { Registry } from 'prom-client';
import { DomainError } from '../errors/domain-error.ts';
import { deadlineHeader } from '../http/request-context.ts';
import type { Part } from '../lifecycle/part.ts';
import type { Logger } from '../logging/logger.ts';
import { type Attempt, AttemptError, attemptOnce, type HttpReply } from './attempt.ts';
import { CircuitOpenError, type CircuitOptions, createCircuit } from './circuit.ts';
import { attemptDuration, retryCounter } from './client-metrics.ts';
import { createRetryBudget, type RetryBudgetOptions } from './retry-budget.ts';

export interface HttpCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Path and query below the client's base URL. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** When the caller's own caller gives up, in milliseconds since 1970; no attempt outlasts it. */
  readonly deadlineMs?: number | undefined;
}

/** Calls one other service. */
export interface HttpClient extends Part {
  /**
   * Sends a request and resolves with an answer below 500. When none is to be had it throws `service.unavailable` with the
   * seconds after which to come again, or `service.timeout` when the caller's deadline is over.
   */
  send(call: HttpCall): Promise<HttpReply>;
}

export interface HttpClientOptions {
  /** Name of the service, as errors, metrics and logs call it. */
  readonly server: string;
  readonly baseUrl: string;
  readonly logger: Logger;
  readonly metrics: Registry;
  /** Longest time for one attempt; default 1,000 ms. */
  readonly timeoutMs?: number;
  /** Retries of one idempotent request; default 1. */
  readonly retries?: number;
  readonly budget?: RetryBudgetOptions;
  readonly circuit?: CircuitOptions;
}

const idempotentMethods = new Set(['GET', 'PUT', 'DELETE']);
const shortestAttemptMs = 10;

/**
 * A client with a timeout for each attempt, a circuit breaker around attempts, and retries of idempotent requests
 * (GET, PUT, DELETE, or with an Idempotency-Key) after 25 to 75 ms, within a budget and the caller's deadline.
 */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { server, logger, metrics, retries = 1, timeoutMs = 1_000 } = options;
  const baseUrl = options.baseUrl.replace(/\/$/, '');
  const budget = createRetryBudget(options.budget);
  const circuit = createCircuit(server, observed(server, metrics), { logger, metrics }, options.circuit);
  const retried = retryCounter(metrics);

  const mayRetry = (call: HttpCall, error: unknown, attempt: number) => {
    if (attempt > retries || !isIdempotent(call)) return false;
    if (!(error instanceof AttemptError && error.worthRetrying)) return false;
    const allowed = budget.spend();
    retried.inc({ server, result: allowed ? 'sent' : 'over_budget' });
    return allowed;
  };

  const send = async (call: HttpCall): Promise<HttpReply> => {
    budget.earn();
    for (let attempt = 1; ; attempt += 1) {
      const left = call.deadlineMs === undefined ? timeoutMs : Math.min(timeoutMs, call.deadlineMs - Date.now());
      if (left < shortestAttemptMs) throw tooLate(server);
      try {
        return await circuit.fire(toAttempt(baseUrl, call, left));
      } catch (error) {
        if (call.deadlineMs !== undefined && call.deadlineMs <= Date.now()) throw tooLate(server, error);
        if (!mayRetry(call, error, attempt)) throw refusal(server, error, circuit.resetTimeoutMs);
        await delay(25 + Math.random() * 50);
      }
    }
  };

  return { name: `client of ${server}`, start: async () => undefined, stop: async () => circuit.close(), send };
}

function toAttempt(baseUrl: string, call: HttpCall, timeoutMs: number): Attempt {
  const hasBody = call.body !== undefined;
  return {
    url: `${baseUrl}${call.path}`,
    method: call.method,
    timeoutMs,
    headers: {
      accept: 'application/json',
      ...(hasBody ? { 'content-type': 'application/json' } : {}),
      ...call.headers,
      [deadlineHeader]: String(Math.floor(Date.now() + timeoutMs)),
    },
    ...(hasBody ? { body: JSON.stringify(call.body) } : {}),
  };
}

function observed(server: string, metrics: Registry): (attempt: Attempt) => Promise<HttpReply> {
  const duration = attemptDuration(metrics);
  return async (attempt) => {
    const stop = duration.startTimer({ server, method: attempt.method });
    try {
      const reply = await attemptOnce(attempt);
      stop({ outcome: `${Math.floor(reply.status / 100)}xx` });
      return reply;
    } catch (error) {
      stop({ outcome: error instanceof AttemptError ? error.kind : 'failed' });
      throw error;
    }
  };
}

function isIdempotent({ method, headers = {} }: HttpCall): boolean {
  return idempotentMethods.has(method) || Object.keys(headers).some((name) => name.toLowerCase() === 'idempotency-key');
}

function tooLate(server: string, cause?: unknown): DomainError {
  return new DomainError('service.timeout', `The ${server} did not answer in time.`, { cause });
}

function refusal(server: string, cause: unknown, resetTimeoutMs: number): unknown {
  const isOpen = cause instanceof CircuitOpenError;
  if (!isOpen && !(cause instanceof AttemptError)) return cause;
  const hint = isOpen ? Math.ceil(resetTimeoutMs / 1000) : cause.retryAfterSeconds;
  return new DomainError('service.unavailable', `The ${server} does not answer at the moment.`, {
    retryAfterSeconds: hint ?? 1,
    cause,
  });
}
