import { randomUUID } from 'node:crypto';
import { DBOS } from '@dbos-inc/dbos-sdk';
import pg from 'pg';
import { atRate } from '../src/orders/at-rate.ts';
import {
  authorise,
  confirmOrders,
  insertProducts,
  placeOrders,
  reserveStock,
} from '../src/orders/direct-statements.ts';

// DBOS Transact, as its documentation lays it out: the order is a workflow of three steps, engine and steps in one process, its state
// in a schema of the orders' database. Each step is one transaction of one prepared statement on the databases of the shop, the same rows
// as without an engine. No HTTP, no broker, no messages: what happens after the confirmation is left out.
const { ORDERS_URL, PRODUCTS_URL, PAYMENTS_URL, SYSTEM_URL } = process.env;
const productCount = 100;

const open = (connectionString) => new pg.Pool({ connectionString, max: 32 });
const pools = { orders: open(ORDERS_URL), products: open(PRODUCTS_URL), payments: open(PAYMENTS_URL) };

const step = (name, pool, statement) => (id) =>
  DBOS.runStep(
    async () => {
      await pool.query({ ...statement, values: [[id]] });
    },
    { name },
  );
const reserve = step('reserve-stock', pools.products, reserveStock);
const charge = step('charge-payment', pools.payments, authorise);
const confirm = step('confirm-order', pools.orders, confirmOrders);

const placeOrder = DBOS.registerWorkflow(
  async (id) => {
    await reserve(id);
    await charge(id);
    await confirm(id);
  },
  { name: 'place-order' },
);

DBOS.setConfig({ name: 'bench', systemDatabaseUrl: SYSTEM_URL, systemDatabasePoolSize: 32, logLevel: 'warn' });
await DBOS.launch();
await pools.products.query(insertProducts, [productCount]);

let placed = 0;

/** Milliseconds from nothing to a confirmed order. */
async function order() {
  const startedAt = performance.now();
  placed += 1;
  const lines = [1 + ((placed * 7) % productCount), 1 + ((placed * 13 + 1) % productCount)];
  const values = [[randomUUID()], [lines[0]], [lines[1]]];
  const { rows } = await pools.orders.query({ ...placeOrders, values });
  await placeOrder(rows[0].id);
  return performance.now() - startedAt;
}

async function saturate({ workers, forMs }) {
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

process.once('SIGTERM', () => process.exit());
process.on('message', async (wanted) => {
  process.send(wanted.perSecond ? { latenciesMs: await atRate(wanted, order) } : await saturate(wanted));
});
process.send('ready');
