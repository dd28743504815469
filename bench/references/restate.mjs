import { once } from 'node:events';
import { createServer } from 'node:http2';
import { setTimeout as delay } from 'node:timers/promises';
import { createEndpointHandler, service } from '@restatedev/restate-sdk';
import { createHttpClient } from '../src/orders/http-client.ts';
import { serveOrders, steps } from './orders.mjs';
import { startRestateServer } from './restate-server.mjs';

// A step that fails is not tried again, as with DBOS: it fails the order, and so the bench.
const onlyOnce = { maxRetryAttempts: 1 };

// Restate, as its documentation lays it out: the order is a durable handler of three steps, which the server calls in this process and
// whose journal the server keeps. The steps are those of the other references. Who places the order waits for the server's answer, over
// connections that stay open, which takes less than Restate's own client. No broker, no messages: what happens after the confirmation is
// left out.
const placeOrder = service({
  name: 'place-order',
  handlers: {
    run: async (context, { id }) => {
      for (const { name, run } of steps) await context.run(name, () => run(id), onlyOnce);
    },
  },
});

const endpoint = createServer(createEndpointHandler({ services: [placeOrder], logger: () => undefined }));
endpoint.listen(0, '127.0.0.1');
await once(endpoint, 'listening');

const server = await startRestateServer(process.env.FOLDER);
await server.register(`http://127.0.0.1:${endpoint.address().port}`);
const client = createHttpClient(server.ingressUrl, 128);
await serveOrders(async (id) => {
  const { status, body } = await client.call('POST', '/place-order/run', { body: { id } }).catch(async (error) => {
    // If that is since the server has died, its end is told first.
    await delay(1_000);
    throw error;
  });
  if (status !== 200) throw new Error(`Restate answers ${status}: ${body}`);
}, server.end);
