import type { Db } from '@sagacity/chassis/db/database';
import { Gauge, type Registry } from 'prom-client';
import { countRefusedWaiting } from '../persistence/refused-attempts.ts';

const operations = ['capture', 'void', 'refund'] as const;

/** Gauges over all payments, read from the database at each scrape; every instance shows the same. */
export function refusalGauges(registry: Registry, db: Db): void {
  const registers = [registry];
  const oldest = new Gauge({
    name: 'payment_refused_oldest_seconds',
    help: 'For how long the provider has refused what a payment has waited for longest.',
    labelNames: ['operation'],
    registers,
  });
  new Gauge({
    name: 'payment_refused_waiting',
    help: 'Payments that wait for a capture, void or refund which the provider has refused before.',
    labelNames: ['operation'],
    registers,
    async collect() {
      const rows = new Map((await countRefusedWaiting(db)).map((row) => [row.operation, row]));
      for (const operation of operations) {
        this.set({ operation }, rows.get(operation)?.payments ?? 0);
        oldest.set({ operation }, rows.get(operation)?.oldest_s ?? 0);
      }
    },
  });
}
