import { randomUUID } from 'node:crypto';
import { cloneDatabase, type TestDatabase } from '@sagacity/chassis/test-kit/database';
import pg from 'pg';
import { atRate, type Rate } from './at-rate.ts';
import * as statements from './direct-statements.ts';

/**
 * The reference without an engine: one process writes what an order leaves behind in the same three databases, with the same
 * durability, and knows nothing of messages. Each step is one transaction of one prepared statement over a pool, for one order or
 * for a batch. A crash between two of them leaves an order half done: that is what the engine is for.
 */
export interface Direct {
  /** Orders per second that went all the way, in six transactions. */
  confirm(options: DirectOptions): Promise<number>;
  /** Orders per second up to the confirmation: placed, and the three transactions that reserve, charge and confirm. */
  confirmOnly(options: DirectOptions): Promise<number>;
  /** Orders per second that were refused and compensated. */
  refuse(options: DirectOptions): Promise<number>;
  /** Milliseconds from nothing to the confirmed order, for each order of a steady rate; what follows the confirmation is left out. */
  trickle(rate: Rate): Promise<readonly number[]>;
  drop(): Promise<void>;
}

export interface DirectOptions {
  readonly batch: number;
  readonly workers: number;
  readonly forMs: number;
}

type Step = readonly [database: 'orders' | 'products' | 'payments', statement: pg.QueryConfig];

const productCount = 100;

export async function openDirect(): Promise<Direct> {
  const databases = {
    orders: await cloneDatabase('orders_db', 'order_service'),
    products: await cloneDatabase('products_db', 'product_service'),
    payments: await cloneDatabase('payments_db', 'payment_service'),
  };
  const pool = ({ url }: TestDatabase) => new pg.Pool({ connectionString: url, max: 32 });
  const pools = {
    orders: pool(databases.orders),
    products: pool(databases.products),
    payments: pool(databases.payments),
  };
  await pools.products.query(statements.insertProducts, [productCount]);
  let placed = 0;
  const place = async (count: number): Promise<number[]> => {
    const lines = Array.from({ length: count }, () => {
      placed += 1;
      return [1 + ((placed * 7) % productCount), 1 + ((placed * 13 + 1) % productCount)] as const;
    });
    const sagas = lines.map(() => randomUUID());
    const values = [sagas, lines.map(([first]) => first), lines.map(([, second]) => second)];
    const { rows } = await pools.orders.query<{ id: number }>({ ...statements.placeOrders, values });
    return rows.map(({ id }) => id);
  };
  const run = async (steps: readonly Step[], batch: number): Promise<void> => {
    const ids = await place(batch);
    for (const [database, statement] of steps) await pools[database].query({ ...statement, values: [ids] });
  };
  const drive = async (steps: readonly Step[], { batch, workers, forMs }: DirectOptions): Promise<number> => {
    const until = performance.now() + forMs;
    const startedAt = performance.now();
    let done = 0;
    const work = async () => {
      while (performance.now() < until) {
        await run(steps, batch);
        done += batch;
      }
    };
    await Promise.all(Array.from({ length: workers }, work));
    return (done * 1_000) / (performance.now() - startedAt);
  };
  const untilConfirmed: readonly Step[] = [
    ['products', statements.reserveStock],
    ['payments', statements.authorise],
    ['orders', statements.confirmOrders],
  ];
  return {
    confirm: (options) =>
      drive([...untilConfirmed, ['payments', statements.capture], ['products', statements.commitStock]], options),
    confirmOnly: (options) => drive(untilConfirmed, options),
    refuse: (options) =>
      drive(
        [
          ['products', statements.reserveStock],
          ['payments', statements.decline],
          ['products', statements.releaseStock],
          ['orders', statements.rejectOrders],
        ],
        options,
      ),
    trickle: (rate) =>
      atRate(rate, async () => {
        const startedAt = performance.now();
        await run(untilConfirmed, 1);
        return performance.now() - startedAt;
      }),
    drop: async () => {
      await Promise.all(Object.values(pools).map((each) => each.end()));
      await Promise.all(Object.values(databases).map((each) => each.drop()));
    },
  };
}
