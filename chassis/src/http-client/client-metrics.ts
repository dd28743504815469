import { Counter, Gauge, Histogram, type Metric, type Registry } from 'prom-client';
import { durationBuckets } from '../metrics/metrics.ts';

/** Duration of attempts at other servers, by outcome: a status class or what went wrong. */
export function attemptDuration(registry: Registry) {
  return once(registry, 'http_client_request_duration_seconds', (name) => {
    const labelNames = ['server', 'method', 'outcome'] as const;
    const help = 'Duration of single attempts at other servers.';
    return new Histogram({ name, help, labelNames, buckets: durationBuckets, registers: [registry] });
  });
}

/** Retries by result: sent, or refused because the budget was spent. */
export function retryCounter(registry: Registry) {
  return once(registry, 'http_client_retries_total', (name) => {
    const labelNames = ['server', 'result'] as const;
    return new Counter({ name, help: 'Retries of requests to other servers.', labelNames, registers: [registry] });
  });
}

/** 0 closed, 1 half open, 2 open. */
export function circuitGauge(registry: Registry) {
  return once(registry, 'circuit_breaker_state', (name) => {
    const help = 'State of the circuit to another server: 0 closed, 1 half open, 2 open.';
    return new Gauge({ name, help, labelNames: ['server'] as const, registers: [registry] });
  });
}

/** Several clients of one process share their metrics. */
function once<M extends Metric>(registry: Registry, name: string, make: (name: string) => M): M {
  return (registry.getSingleMetric(name) as M | undefined) ?? make(name);
}
