import { durationBuckets } from '@sagacity/chassis/metrics/metrics';
import { Counter, Histogram, type Registry } from 'prom-client';
import type { Operation } from '../domain/payment.ts';
import type { ProviderAnswer } from '../domain/provider-answer.ts';
import type { Anomaly } from '../domain/settle-attempt.ts';

export interface ProviderMetrics {
  /** Starts measuring a call; the returned function ends it with the kind of its answer. */
  startCall(provider: string, operation: Operation): (answer: ProviderAnswer['kind']) => void;
  countAnomaly(anomaly: Anomaly): void;
  countWebhook(provider: string, outcome: string): void;
}

/** Durations and answers of providers, money that came too late or in the wrong amount, and webhooks. */
export function createProviderMetrics(registry: Registry): ProviderMetrics {
  const registers = [registry];
  const calls = new Histogram({
    name: 'payment_provider_call_duration_seconds',
    help: 'Duration of calls of payment providers, by what they answered.',
    labelNames: ['provider', 'operation', 'answer'] as const,
    buckets: durationBuckets,
    registers,
  });
  const anomalies = new Counter({
    name: 'payment_anomalies_total',
    help: 'Money that arrived for a payment that was over, in another amount than ours, or after it was refused; and captures, voids and refunds that were refused.',
    labelNames: ['anomaly'] as const,
    registers,
  });
  const webhooks = new Counter({
    name: 'payment_webhooks_total',
    help: 'Webhooks by provider and what became of them.',
    labelNames: ['provider', 'outcome'] as const,
    registers,
  });
  return {
    startCall: (provider, operation) => {
      const end = calls.startTimer({ provider, operation });
      return (answer) => void end({ answer });
    },
    countAnomaly: (anomaly) => anomalies.inc({ anomaly }),
    countWebhook: (provider, outcome) => webhooks.inc({ provider, outcome }),
  };
}
