import { Counter, Histogram, type Registry } from 'prom-client';
import { durationBuckets } from '../metrics/metrics.ts';

export type ConsumedResult = 'handled' | 'duplicate' | 'retried' | 'dead_lettered';

export interface ConsumerMetrics {
  consumed(type: string, result: ConsumedResult): void;
  /** One transaction, from the first statement to its commit. */
  processed(seconds: number, messages: number): void;
}

const consumedName = 'mq_messages_consumed_total';
const durationName = 'mq_processing_duration_seconds';
const batchName = 'mq_batch_messages';

/** The metrics of one queue's consumer; the consumers of a process share the registry's instruments. */
export function consumerMetrics(registry: Registry, queue: string): ConsumerMetrics {
  const registers = [registry];
  const consumed =
    (registry.getSingleMetric(consumedName) as Counter | undefined) ??
    new Counter({
      name: consumedName,
      help: 'Messages taken from a queue, by type and what became of them.',
      labelNames: ['queue', 'type', 'result'],
      registers,
    });
  const duration =
    (registry.getSingleMetric(durationName) as Histogram | undefined) ??
    new Histogram({
      name: durationName,
      help: 'Duration of the transactions in which messages are handled.',
      labelNames: ['queue'],
      buckets: durationBuckets,
      registers,
    });
  const batch =
    (registry.getSingleMetric(batchName) as Histogram | undefined) ??
    new Histogram({
      name: batchName,
      help: 'Messages handled in one transaction.',
      labelNames: ['queue'],
      buckets: [1, 2, 5, 10, 20, 50, 100],
      registers,
    });
  return {
    consumed: (type, result) => consumed.inc({ queue, type, result }),
    processed: (seconds, messages) => {
      duration.observe({ queue }, seconds);
      batch.observe({ queue }, messages);
    },
  };
}
