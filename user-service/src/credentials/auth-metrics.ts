import { durationBuckets } from '@sagacity/chassis/metrics/metrics';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export type LoginResult = 'succeeded' | 'refused' | 'slowed';
export type RefreshResult = 'rotated' | 'raced' | 'reused' | 'refused';

export interface AuthMetrics {
  readonly logins: Counter<'result'>;
  readonly refreshes: Counter<'result'>;
  readonly hashDuration: Histogram<'operation'>;
  /** Reports the hashes that wait, read whenever metrics are collected. */
  observeQueue(waiting: () => number): void;
}

export function createAuthMetrics(registry: Registry): AuthMetrics {
  const registers = [registry];
  return {
    logins: new Counter({ name: 'auth_logins_total', help: 'Logins by result.', labelNames: ['result'], registers }),
    refreshes: new Counter({
      name: 'auth_refresh_total',
      help: 'Uses of refresh tokens by result.',
      labelNames: ['result'],
      registers,
    }),
    hashDuration: new Histogram({
      name: 'password_hash_duration_seconds',
      help: 'Time to hash or verify a password, without waiting for a turn.',
      labelNames: ['operation'],
      buckets: durationBuckets,
      registers,
    }),
    observeQueue: (waiting) => {
      new Gauge({
        name: 'password_hash_queue_depth',
        help: 'Passwords that wait to be hashed or verified.',
        registers,
        collect() {
          this.set(waiting());
        },
      });
    },
  };
}
