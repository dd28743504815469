import { leasePart } from '@sagacity/chassis/discovery/lease';
import { callHttp, serve, type TestServer } from '@sagacity/chassis/test-kit/http';
import { createTestTokens } from '@sagacity/chassis/test-kit/tokens';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { createGateway } from '../src/app.ts';
import { readConfig } from '../src/config.ts';
import { type FakeService, fakeService, forgetLimits, redisDatabase } from './gateway-fixture.ts';
import { type TcpProxy, tcpProxy } from './tcp-proxy.ts';

const ports = { first: 19_801, second: 19_802 };
const limit = 40;

/** Two whole gateways, as `make up` starts them, on one Redis that can be taken away. */
describe('several gateways', () => {
  const tokens = createTestTokens();
  const token = () => tokens.issue();
  let keys: TestServer;
  let products: FakeService;
  let proxy: TcpProxy;
  let redis: Redis;
  let lease: ReturnType<typeof leasePart>;
  let gateways: ReturnType<typeof createGateway>[];

  before(async () => {
    redis = new Redis(redisDatabase(12));
    await redis.flushdb();
    keys = await serve((_request, response) => response.end(JSON.stringify(tokens.jwks)));
    products = await fakeService((_request, response) => response.end('{}'));
    proxy = await tcpProxy(new URL(redisDatabase(12)));
    lease = leasePart({ redis, service: 'product-service', url: () => products.url });
    // Redis is away while they start.
    await proxy.cut();
    gateways = [ports.first, ports.second].map((port) =>
      createGateway(
        readConfig({
          GATEWAY_PORT: String(port),
          LOG_LEVEL: 'error',
          REDIS_URL: proxy.url,
          JWKS_URL: `${keys.url}/jwks.json`,
          RATE_LIMIT_ADDRESS_PER_MINUTE: String(limit),
          PRODUCT_SERVICE_URL: products.url,
          ORDER_SERVICE_URL: products.url,
          SAGA_ORCHESTRATOR_URL: products.url,
          NOTIFICATION_SERVICE_URL: products.url,
        }),
      ),
    );
    await Promise.all(gateways.map((gateway) => gateway.start()));
  });
  after(async () => {
    await Promise.all(gateways.map((gateway) => gateway.stop()));
    await lease.stop();
    await Promise.all([keys.stop(), products.stop(), proxy.stop()]);
    redis.disconnect();
  });

  it('start without Redis: reads and orders go on, what a revoked session must not reach is refused, and a gauge says so', async () => {
    expect((await call(ports.first, 'GET', '/products')).status).to.equal(200);
    expect((await call(ports.first, 'GET', '/orders', token())).status).to.equal(200);
    const admin = tokens.issue({ roles: ['admin'] });
    const answer = await call(ports.first, 'GET', '/admin/sagas', admin);
    expect([answer.status, answer.body.code]).to.deep.equal([503, 'service.unavailable']);
    expect((await call(ports.first, 'PUT', '/users/1/password', token(), {})).status).to.equal(503);
    expect(await gauge(ports.first)).to.equal(1);
  });

  it('recover by themselves when Redis comes, and follow the leases then', async () => {
    await proxy.restore();
    await lease.start();
    await waitFor(
      'both gateways use Redis',
      async () => {
        await Promise.all([call(ports.first, 'GET', '/products'), call(ports.second, 'GET', '/products')]);
        const states = await Promise.all([gauge(ports.first), gauge(ports.second)]);
        return states.every((state) => state === 0);
      },
      15_000,
    );
    await waitFor('sessions can be checked again', async () => {
      const admin = tokens.issue({ roles: ['admin'] });
      return (await call(ports.second, 'GET', '/admin/sagas', admin)).status === 200;
    });
  });

  it('share what they count', async () => {
    await forgetLimits(redis);
    const statuses: number[] = [];
    for (let step = 0; step < limit; step += 1) {
      const port = step % 2 === 0 ? ports.first : ports.second;
      statuses.push((await call(port, 'GET', '/products')).status);
    }
    expect(statuses.every((status) => status === 200)).to.equal(true);
    const both = await Promise.all([call(ports.first, 'GET', '/products'), call(ports.second, 'GET', '/products')]);
    expect(both.map(({ status }) => status)).to.deep.equal([429, 429]);
    await forgetLimits(redis);
  });

  it('share what they count of a user, whatever his address', async () => {
    await forgetLimits(redis);
    const buyer = tokens.issue({ userId: 77 });
    const order = (port: number) => call(port, 'POST', '/orders', buyer, {});
    const answers = [];
    for (let step = 0; step < 12; step += 1) answers.push(await order(step % 2 === 0 ? ports.first : ports.second));
    expect(answers.map(({ status }) => status)).to.deep.equal([...Array(10).fill(200), 429, 429]);
    await forgetLimits(redis);
  });

  it('refuse a session that has ended, both and at once', async () => {
    const ended = tokens.issue({ sessionId: 'shared' });
    expect((await call(ports.first, 'GET', '/orders', ended)).status).to.equal(200);
    await redis.set('revoked:sid:shared', '1', 'EX', 60);
    const both = [await call(ports.first, 'GET', '/orders', ended), await call(ports.second, 'GET', '/orders', ended)];
    expect(both.map(({ body }) => body.code)).to.deep.equal(['auth.token_revoked', 'auth.token_revoked']);
  });

  it('find a new instance, and drop one that was killed, within seconds', async () => {
    await forgetLimits(redis);
    const second = await fakeService((_request, response) => response.end('{}'));
    const killed = leasePart({ redis, service: 'product-service', url: () => second.url, instance: 'killed' });
    await killed.start();
    await waitFor('the new instance is asked', async () => {
      await forgetLimits(redis);
      await call(ports.first, 'GET', '/products');
      return second.requests.length > 0;
    });
    // Killed: it answers no more and tidies up nothing; its lease ends by itself.
    await second.stop();
    await redis.pexpire('lease:product-service:killed', 500);
    const statuses: number[] = [];
    await waitFor('the lease has ended', async () => {
      await forgetLimits(redis);
      statuses.push((await call(ports.first, 'GET', '/products')).status);
      return (await redis.exists('lease:product-service:killed')) === 0;
    });
    expect(new Set(statuses)).to.deep.equal(new Set([200]));
    await killed.stop();
  });

  it('go on when Redis goes away while they work, on the last list of instances', async () => {
    await forgetLimits(redis);
    await proxy.cut();
    await waitFor('the gateway notices', async () => (await gauge(ports.first)) === 1);
    for (let step = 0; step < 5; step += 1) {
      expect((await call(ports.first, 'GET', '/products')).status).to.equal(200);
    }
    await proxy.restore();
    await waitFor(
      'the gateway uses Redis',
      async () => {
        await call(ports.first, 'GET', '/products');
        return (await gauge(ports.first)) === 0;
      },
      15_000,
    );
  });

  it('answer what is in flight before they end', async () => {
    let answer: () => void = () => undefined;
    const slow = await fakeService((_request, response) => {
      answer = () => response.end('{"late":true}');
    });
    const slowLease = leasePart({ redis, service: 'notification-service', url: () => slow.url });
    await slowLease.start();
    const path = '/users/1/notifications';
    const { got } = await waitFor('the instance was found', async () => {
      await forgetLimits(redis);
      let isAnswered = false;
      const got = call(ports.second, 'GET', path, token());
      const answered = got.then(() => {
        isAnswered = true;
      });
      await waitFor('the request has arrived here, or elsewhere', () => slow.requests.length > 0 || isAnswered);
      if (isAnswered) await answered;
      return slow.requests.length > 0 && { got };
    });
    const stopped = gateways[1]?.stop();
    answer();
    expect((await got).body).to.equal('{"late":true}');
    await stopped;
    await slowLease.stop();
    await slow.stop();
  });
});

function call(port: number, method: string, path: string, token?: string, body?: object) {
  const options = { ...(token === undefined ? {} : { token }), ...(body === undefined ? {} : { body }) };
  return callHttp(`http://127.0.0.1:${port}`, method, path, options);
}

async function gauge(port: number): Promise<number> {
  const { body } = await callHttp(`http://127.0.0.1:${port}`, 'GET', '/metrics');
  return Number(/^gateway_redis_degraded(?:\{[^}]*\})? (\d)/m.exec(body)?.[1]);
}
