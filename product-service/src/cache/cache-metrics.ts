import { Counter, type Registry } from 'prom-client';

/** What is counted of the cache. */
export function cacheMetrics(registry: Registry) {
  return {
    /** `hit`, `miss`, `error` (Redis failed), `bypass` (Redis failed a moment ago and is left alone). */
    reads: new Counter({
      name: 'catalogue_cache_reads_total',
      help: 'Reads of the catalogue cache.',
      labelNames: ['kind', 'result'] as const,
      registers: [registry],
    }),
    /** `stored`, `too_large`, `over_budget`, `error`. */
    fills: new Counter({
      name: 'catalogue_cache_fills_total',
      help: 'Answers that were read from the database, by whether they were stored.',
      labelNames: ['kind', 'result'] as const,
      registers: [registry],
    }),
  };
}

export type CacheMetrics = ReturnType<typeof cacheMetrics>;
