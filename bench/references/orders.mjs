import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { atRate } from '../src/orders/at-rate.ts';
import {
  authorise,
  confirmOrders,
  insertProducts,
  placeOrders,
  reserveStock,
} from '../src/orders/direct-statements.ts';

// What references with an engine have in common: the placing of an order, the steps of its workflow, and the load.
const { ORDERS_URL, PRODUCTS_URL, PAYMENTS_URL } = process.env;
const productCount = 100;

// Few are at work at the same time on as few cores, and the server's connections are for all references and the product.
const open = (connectionString) => new pg.Pool({ connectionString, max: 10 });
const pools = { orders: open(ORDERS_URL), products: open(PRODUCTS_URL), payments: open(PAYMENTS_URL) };

const transaction = (pool, statement) => async (id) => {
  await pool.query({ ...statement, values: [[id]] });
};

/** What an engine does with an order that is placed, one after the other; each is one transaction of one prepared statement. */
export const steps = Object.entries({
  'reserve-stock': transaction(pools.products, reserveStock),
  'charge-payment': transaction(pools.payments, authorise),
  'confirm-order': transaction(pools.orders, confirmOrders),
}).map(([name, run]) => ({ name, run }));

/**
 * Answers the bench until it ends this process. `runWorkflow` takes the id of a placed order and resolves when that is confirmed; `end` ends
 * what the engine has started.
 */
export async function serveOrders(runWorkflow, end = () => undefined) {
  await pools.products.query(insertProducts, [productCount]);
  let placed = 0;

  /** Milliseconds from nothing to a confirmed order. */
  const order = async () => {
    const startedAt = performance.now();
    placed += 1;
    const lines = [1 + ((placed * 7) % productCount), 1 + ((placed * 13 + 1) % productCount)];
    const values = [[randomUUID()], [lines[0]], [lines[1]]];
    const { rows } = await pools.orders.query({ ...placeOrders, values });
    await runWorkflow(rows[0].id);
    return performance.now() - startedAt;
  };

  const exit = async () => {
    await end();
    process.exit();
  };
  process.once('SIGTERM', exit);
  // The bench has ended without a word.
  process.once('disconnect', exit);
  process.on('message', async (wanted) => {
    process.send(wanted.perSecond ? { latenciesMs: await atRate(wanted, order) } : await saturate(wanted, order));
  });
  process.send('ready');
}

async function saturate({ workers, forMs }, order) {
  const startedAt = performance.now();
  let done = 0;
  const work = async () => {
    while (performance.now() - startedAt < forMs) {
      await order();
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  return { perSecond: (done * 1_000) / (performance.now() - startedAt) };
}
