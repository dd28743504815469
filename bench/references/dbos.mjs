import { DBOS } from '@dbos-inc/dbos-sdk';
import { serveOrders, steps } from './orders.mjs';

// DBOS Transact, as its documentation lays it out: the order is a workflow of three steps, engine and steps in one process, its state
// in a schema of the orders' database. Each step is one transaction of one prepared statement on the databases of the shop, the same rows
// as without an engine. No HTTP, no broker, no messages: what happens after the confirmation is left out.
const placeOrder = DBOS.registerWorkflow(
  async (id) => {
    for (const { name, run } of steps) await DBOS.runStep(() => run(id), { name });
  },
  { name: 'place-order' },
);

DBOS.setConfig({
  name: 'bench',
  systemDatabaseUrl: process.env.ORDERS_URL,
  systemDatabasePoolSize: 16,
  logLevel: 'warn',
});
await DBOS.launch();
await serveOrders(placeOrder);
