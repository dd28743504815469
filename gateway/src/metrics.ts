import { Counter, Gauge, type Registry } from 'prom-client';
import type { Outcome } from './upstreams/instance.ts';

export interface GatewayMetrics {
  countUpstream(upstream: string, outcome: Outcome): void;
  readonly retries: Counter<'upstream'>;
  readonly redisUse: RedisUse;
}

/** What became of the last use of Redis: a gauge is 1 while it cannot be used, so that limits count per process and revocations cannot be checked. */
export interface RedisUse {
  failed(): void;
  succeeded(): void;
}

export function createGatewayMetrics(registry: Registry): GatewayMetrics {
  const requests = new Counter({
    name: 'gateway_upstream_requests_total',
    help: 'Attempts to have a request answered by a service, by what became of them.',
    labelNames: ['upstream', 'outcome'] as const,
    registers: [registry],
  });
  const redisDegraded = new Gauge({
    name: 'gateway_redis_degraded',
    help: '1 while Redis cannot be used.',
    registers: [registry],
  });
  return {
    countUpstream: (upstream, outcome) => requests.inc({ upstream, outcome: nameOf(outcome) }),
    retries: new Counter({
      name: 'gateway_retries_total',
      help: 'Requests tried once more on another instance.',
      labelNames: ['upstream'] as const,
      registers: [registry],
    }),
    redisUse: { failed: () => redisDegraded.set(1), succeeded: () => redisDegraded.set(0) },
  };
}

function nameOf(outcome: Outcome): string {
  if (outcome.kind !== 'answered') return outcome.kind;
  return outcome.status >= 500 ? '5xx' : 'ok';
}
