import { dirname, join } from 'node:path';
import { cloneDatabase } from '@sagacity/chassis/test-kit/database';
import { setting } from '../bench.ts';
import { startGroup } from '../reference-process.ts';
import type { Rate } from './at-rate.ts';

/** A reference with another engine: it runs an order up to its confirmation, steps in one process, over the same databases. */
export interface Engine {
  readonly name: string;
  /** So many orders at a time as it does most of a second with. */
  readonly workers: number;
  /** Orders per second with that many at a time. */
  saturate(forMs: number): Promise<number>;
  /** Milliseconds from nothing to the confirmed order, for each order of a steady rate. */
  trickle(rate: Rate): Promise<readonly number[]>;
  drop(): Promise<void>;
}

const engines = [
  { name: 'DBOS', script: 'references/dbos.mjs', workers: 16 },
  { name: 'Restate', script: 'references/restate.mjs', workers: 64 },
];

export function openEngines(): Promise<Engine[]> {
  return Promise.all(engines.map(openEngine));
}

async function openEngine({ name, script, workers }: (typeof engines)[number]): Promise<Engine> {
  const orders = await cloneDatabase('orders_db', 'order_service');
  const products = await cloneDatabase('products_db', 'product_service');
  const payments = await cloneDatabase('payments_db', 'payment_service');
  // For tables of an engine's own in a schema beside those of the orders.
  await orders.runAsAdmin(`GRANT CREATE ON DATABASE ${orders.name} TO order_service`);
  const { pid, ask, stop } = await startGroup(script, {
    ORDERS_URL: orders.url,
    PRODUCTS_URL: products.url,
    PAYMENTS_URL: payments.url,
    // For files of its own, on the disk of the databases.
    FOLDER: join(dirname(setting('BENCH_RESULT')), `bench-${name.toLowerCase()}`),
  });
  // With nothing to do they take 17 (DBOS) and 28 ms (Restate) of CPU a second, which what is measured meanwhile would miss.
  const goOn = () => process.kill(-pid, 'SIGCONT');
  const halt = () => process.kill(-pid, 'SIGSTOP');
  const inItsTurn = async <T>(wanted: object): Promise<T> => {
    goOn();
    const measured = await ask(wanted);
    halt();
    return measured as T;
  };
  halt();
  return {
    name,
    workers,
    saturate: async (forMs) => (await inItsTurn<{ perSecond: number }>({ workers, forMs })).perSecond,
    trickle: async (rate) => (await inItsTurn<{ latenciesMs: readonly number[] }>(rate)).latenciesMs,
    drop: async () => {
      goOn();
      await stop();
      await Promise.all([orders, products, payments].map((database) => database.drop()));
    },
  };
}
