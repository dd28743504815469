import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';

/** Bounds of duration histograms in seconds, as OpenTelemetry's semantic conventions give them. */
export const durationBuckets = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** A registry of the process's own, with the runtime's metrics, labelled with the service. */
export function createMetrics(service: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  // Ten times the default: at its hundred wake-ups a second the look at the event loop is half of what an idle process costs.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 100 });
  return registry;
}

/** Duration of HTTP requests by method, route template and status. */
export function httpDuration(registry: Registry) {
  return new Histogram({
    name: 'http_server_request_duration_seconds',
    help: 'Duration of HTTP requests.',
    labelNames: ['http_request_method', 'http_route', 'http_response_status_code'] as const,
    buckets: durationBuckets,
    registers: [registry],
  });
}
