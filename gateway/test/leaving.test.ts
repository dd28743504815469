import { randomUUID } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { leasePart } from '@sagacity/chassis/discovery/lease';
import { httpServerPart } from '@sagacity/chassis/http/server';
import { startInOrder, stopInReverse } from '@sagacity/chassis/lifecycle/part';
import { callHttp, serve, type TestServer } from '@sagacity/chassis/test-kit/http';
import { createTestTokens } from '@sagacity/chassis/test-kit/tokens';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { createGateway } from '../src/app.ts';
import { readConfig } from '../src/config.ts';
import { redisDatabase } from './gateway-fixture.ts';

const ports = [19_811, 19_812] as const;
const urls = ports.map((port) => `http://127.0.0.1:${port}`);
const clients = 12;
/** So many answers before somebody leaves, and after it has left. */
const some = 150;
const lookEveryMs = 200;

/** Two whole gateways and two instances of a service, whose clients never pause. */
describe('a process that leaves under load', () => {
  const tokens = createTestTokens();
  let keys: TestServer;
  let redis: Redis;
  let gateways: ReturnType<typeof createGateway>[];
  let services: OrderService[];
  let load: Load | undefined;

  before(async () => {
    redis = new Redis(redisDatabase(9));
    await redis.flushdb();
    keys = await serve((_request, response) => response.end(JSON.stringify(tokens.jwks)));
    services = await Promise.all([startService(redis), startService(redis)]);
    gateways = ports.map((port) => createGateway(settingsOf(port, `${keys.url}/jwks.json`)));
    await Promise.all(gateways.map((gateway) => gateway.start()));
  });
  afterEach(() => load?.end());
  after(async () => {
    await Promise.all(gateways.map((gateway) => gateway.stop()));
    await Promise.all([...services.map((service) => service.stop()), keys.stop()]);
    redis.disconnect();
  });

  it('loses no read and no order: a service', async () => {
    load = startLoad(tokens.issue());
    await load.untilMore(some);
    const [leaving, staying] = services as [OrderService, OrderService];

    await leaving.stop();

    await load.untilMore(some);
    await load.end();
    expect(load.lost).to.deep.equal([]);
    const handled = [...leaving.orders, ...staying.orders];
    expect(leaving.orders.length).to.be.greaterThan(0);
    expect([...handled].sort(), 'each order once').to.deep.equal([...load.ordered].sort());
  });

  it('loses no read and no order, and nobody who looks at its readiness finds it closed: a gateway', async () => {
    load = startLoad(tokens.issue());
    await load.untilMore(some);

    await gateways[0]?.stop();

    await load.untilMore(some);
    await load.end();
    expect(load.lost).to.deep.equal([]);
  });

  it('serves for a while longer, but is not ready, and ends connections with its answers: a gateway', async () => {
    const url = urls[1] ?? '';
    const tracking = await fetch(`${url}/orders/1/events`, { headers: { authorization: `Bearer ${tokens.issue()}` } });
    const cut = tracking.text().then(
      () => 'ended',
      () => 'cut',
    );

    const stopped = gateways[1]?.stop();

    const [ready, read] = await Promise.all([
      callHttp(url, 'GET', '/health/ready'),
      callHttp(url, 'GET', '/orders', { token: tokens.issue() }),
    ]);
    expect([ready.status, ready.body.checks]).to.deep.equal([503, { staying: { status: 'fail' } }]);
    expect([read.status, read.headers.get('connection')]).to.deep.equal([200, 'close']);
    await stopped;
    expect(await cut, 'a stream of events, when nothing else is left').to.equal('cut');
  });
});

interface OrderService {
  /** The keys of the orders that it got. */
  readonly orders: string[];
  stop(): Promise<void>;
}

async function startService(redis: Redis): Promise<OrderService> {
  const orders: string[] = [];
  const answer: RequestListener = (request, response) => {
    request.resume().once('end', () => {
      if (request.method === 'POST') orders.push(String(request.headers['idempotency-key']));
      if (request.url?.endsWith('/events')) {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: pending\n\n');
        return;
      }
      setImmediate(() => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'));
    });
  };
  const server = httpServerPart(answer, { host: '127.0.0.1', port: 0 });
  const lease = leasePart({ redis, service: 'order-service', url: () => `http://127.0.0.1:${server.port()}` });
  const parts = [server, lease];
  await startInOrder(parts);
  return { orders, stop: () => stopInReverse(parts) };
}

function settingsOf(port: number, jwksUrl: string) {
  return readConfig({
    GATEWAY_PORT: String(port),
    LOG_LEVEL: 'error',
    REDIS_URL: redisDatabase(9),
    JWKS_URL: jwksUrl,
    ...Object.fromEntries(
      ['ADDRESS_PER_MINUTE', 'USER_PER_MINUTE', 'ORDERS_PER_MINUTE'].map((name) => [`RATE_LIMIT_${name}`, '1000000']),
    ),
  });
}

interface Load {
  /** Keys of the orders that were answered. */
  readonly ordered: string[];
  /** What was answered otherwise than with 200, or not at all. */
  readonly lost: string[];
  /** Resolves when so many more were answered. */
  untilMore(count: number): Promise<void>;
  end(): Promise<void>;
}

/** Clients who read and order in turns over connections that they keep, by a balancer that looks now and then which gateways are ready. */
function startLoad(token: string): Load {
  const ordered: string[] = [];
  const lost: string[] = [];
  const balancer = startBalancer();
  let [answered, isOver] = [0, false];
  const ask = async (step: number): Promise<void> => {
    const key = randomUUID();
    const isOrder = step % 2 === 0;
    const order = { headers: { 'idempotency-key': key }, body: { items: [] } };
    try {
      const url = balancer.next();
      const { status } = await callHttp(url, isOrder ? 'POST' : 'GET', '/orders', { token, ...(isOrder ? order : {}) });
      answered += 1;
      if (status !== 200) lost.push(`${isOrder ? 'order' : 'read'}: ${status}`);
      else if (isOrder) ordered.push(key);
    } catch (error) {
      lost.push(`${isOrder ? 'order' : 'read'}: ${String((error as Error).cause)}`);
    }
  };
  const working = Array.from({ length: clients }, async (_none, client) => {
    for (let step = client; !isOver; step += 1) await ask(step);
  });
  return {
    ordered,
    lost,
    untilMore: async (count) => {
      const goal = answered + count;
      await waitFor(`${count} more answers`, () => answered >= goal, 20_000);
    },
    end: async () => {
      isOver = true;
      await Promise.all(working);
      balancer.stop();
    },
  };
}

function startBalancer() {
  let ready: readonly string[] = urls;
  let turn = 0;
  const look = async () => {
    const found = await Promise.all(urls.map(async (url) => ((await isReady(url)) ? [url] : [])));
    ready = found.flat();
  };
  const timer = setInterval(look, lookEveryMs);
  return {
    next: () => {
      turn += 1;
      return ready[turn % ready.length] ?? '';
    },
    stop: () => clearInterval(timer),
  };
}

function isReady(url: string): Promise<boolean> {
  return callHttp(url, 'GET', '/health/ready').then(
    ({ status }) => status === 200,
    () => false,
  );
}
