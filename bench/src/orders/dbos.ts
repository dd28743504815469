import { cloneDatabase } from '@sagacity/chassis/test-kit/database';
import { startProcess } from '../reference-process.ts';
import type { Rate } from './at-rate.ts';

/** The reference with another engine: DBOS Transact runs an order up to its confirmation, in one process, over the same databases. */
export interface Dbos {
  /** Orders per second with that many at a time. */
  saturate(load: { readonly workers: number; readonly forMs: number }): Promise<number>;
  /** Milliseconds from nothing to the confirmed order, for each order of a steady rate. */
  trickle(rate: Rate): Promise<readonly number[]>;
  drop(): Promise<void>;
}

export async function openDbos(): Promise<Dbos> {
  const orders = await cloneDatabase('orders_db', 'order_service');
  const products = await cloneDatabase('products_db', 'product_service');
  const payments = await cloneDatabase('payments_db', 'payment_service');
  // Its own tables go into a schema beside those of the orders.
  await orders.runAsAdmin(`GRANT CREATE ON DATABASE ${orders.name} TO order_service`);
  const { ask, stop } = await startProcess('references/dbos.mjs', {
    ORDERS_URL: orders.url,
    PRODUCTS_URL: products.url,
    PAYMENTS_URL: payments.url,
    SYSTEM_URL: orders.url,
  });
  return {
    saturate: async (load) => ((await ask(load)) as { perSecond: number }).perSecond,
    trickle: async (rate) => ((await ask(rate)) as { latenciesMs: readonly number[] }).latenciesMs,
    drop: async () => {
      await stop();
      await Promise.all([orders, products, payments].map((database) => database.drop()));
    },
  };
}
