import { Counter, Gauge, type Registry } from 'prom-client';
import type { Outcome } from './upstreams/instance.ts';

export interface GatewayMetrics {
  countUpstream(upstream: string, outcome: Outcome): void;
  readonly retries: Counter<'upstream'>;
  /** 1 while Redis cannot be used, so that limits count per process and revocations cannot be checked. */
  readonly redisDegraded: Gauge;
}

export function createGatewayMetrics(registry: Registry): GatewayMetrics {
  const requests = new Counter({
    name: 'gateway_upstream_requests_total',
    help: 'Attempts to have a request answered by a service, by what became of them.',
    labelNames: ['upstream', 'outcome'] as const,
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
    redisDegraded: new Gauge({
      name: 'gateway_redis_degraded',
      help: '1 while Redis cannot be used.',
      registers: [registry],
    }),
  };
}

function nameOf(outcome: Outcome): string {
  if (outcome.kind !== 'answered') return outcome.kind;
  return outcome.status >= 500 ? '5xx' : 'ok';
}
