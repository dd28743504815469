import type { Db } from '@sagacity/chassis/db/database';
import { inTransaction } from '@sagacity/chassis/db/transaction';
import type { Backoff } from '@sagacity/chassis/lifecycle/retry';
import type { Logger } from '@sagacity/chassis/logging/logger';
import { claimDueAttempts } from '../persistence/attempts.ts';
import type { Providers } from '../providers/provider.ts';
import type { PaymentDeps } from '../use-cases/deps.ts';
import { settleReports } from '../use-cases/settle-reports.ts';
import { type AttemptRunner, createAttemptRunner } from './attempt-runner.ts';
import type { ProviderMetrics } from './provider-metrics.ts';

export interface PaymentsOptions {
  readonly db: Db;
  readonly providers: Providers;
  readonly timeoutMs: number;
  readonly pollMs: number;
  readonly maxInFlight: number;
  readonly logger: Logger;
  readonly metrics: ProviderMetrics;
  /** Default: a quarter of a second, doubled each time, up to a minute. */
  readonly backoff?: Backoff;
  /** Default: two calls that time out, and time to write down what they told. */
  readonly leaseMs?: number;
}

/** Ties the use cases to the runner: what they open it calls, what it is told they write down. */
export function createPayments(options: PaymentsOptions): {
  readonly deps: PaymentDeps & { readonly db: Db };
  readonly runner: AttemptRunner;
} {
  const { db, logger, metrics, providers } = options;
  const leaseMs = options.leaseMs ?? 2 * options.timeoutMs + 2_000;
  const deps: PaymentDeps & { readonly db: Db } = {
    db,
    providers,
    leaseMs,
    backoff: options.backoff ?? { minMs: 250, maxMs: 60_000 },
    start: (call) => runner.take(call),
    report: (anomaly, facts) => {
      metrics.countAnomaly(anomaly);
      logger.error('payment is not as it should be', { anomaly, ...facts });
    },
  };
  const runner = createAttemptRunner({
    ...options,
    leaseMs,
    claim: (limit) => claimDueAttempts(db, { limit, leaseMs }),
    settle: (reports) => inTransaction(db, (trx) => settleReports(trx, deps, reports)),
  });
  return { deps, runner };
}
