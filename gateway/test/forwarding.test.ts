import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import {
  type FakeService,
  fakeService,
  forgetLimits,
  redisDatabase,
  startGateway,
  type TestGateway,
} from './gateway-fixture.ts';

describe('gateway forwarding', () => {
  let gateway: TestGateway;
  let products: FakeService;

  before(async () => {
    gateway = await startGateway({ RATE_LIMIT_ADDRESS_PER_MINUTE: '100000' }, redisDatabase(15));
    await forgetLimits(gateway.redis);
    products = await fakeService((_request, response) => {
      response.setHeader('content-type', 'application/json').end('{"items":[]}');
    });
  });
  beforeEach(() => gateway.place('product-service', products.url));
  after(async () => {
    await gateway.stop();
    await products.stop();
  });

  it('forwards a listed route with its query', async () => {
    const answer = await gateway.server.call('GET', '/products?limit=5');
    expect(answer.status).to.equal(200);
    expect(answer.body).to.deep.equal({ items: [] });
    expect(products.requests.at(-1)?.url).to.equal('/products?limit=5');
  });

  it('answers 404 for what is not listed and 405 for another method, asking no service', async () => {
    const before = products.requests.length;
    expect((await gateway.server.call('GET', '/products/quotes/1/2')).body.code).to.equal('route.not_found');
    expect((await gateway.server.call('GET', '/internal')).status).to.equal(404);
    const answer = await gateway.server.call('DELETE', '/products');
    expect([answer.status, answer.headers.get('allow')]).to.deep.equal([405, 'GET, POST']);
    expect(products.requests).to.have.lengthOf(before);
  });

  it('lets no client choose its identity, its origin or its hop', async () => {
    await gateway.server.call('GET', '/products', {
      headers: {
        'x-user-id': '1',
        'x-internal-role': 'admin',
        'x-forwarded-for': '6.6.6.6',
        'x-forwarded-host': 'evil.example',
        forwarded: 'for=6.6.6.6',
        te: 'trailers',
      },
    });
    const headers = products.requests.at(-1)?.headers ?? {};
    for (const name of ['x-user-id', 'x-internal-role', 'forwarded', 'te']) expect(headers).not.to.have.property(name);
    expect(headers['x-forwarded-for']).to.match(/127\.0\.0\.1$/);
    expect(headers['x-forwarded-host']).not.to.equal('evil.example');
  });

  it('passes its request id, a trace context and a deadline on', async () => {
    const answer = await gateway.server.call('GET', '/products');
    const headers = products.requests.at(-1)?.headers ?? {};
    expect(headers['x-request-id']).to.equal(answer.headers.get('x-request-id'));
    expect(headers.traceparent).to.match(/^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/);
    expect(Number(headers['x-request-deadline'])).to.be.closeTo(Date.now() + 600, 2_000);
  });

  it('streams a body through untouched', async () => {
    const orders = await fakeService((_request, response) => response.writeHead(201).end());
    await gateway.place('order-service', orders.url);
    const answer = await gateway.server.call('POST', '/orders', {
      token: gateway.tokens.issue(),
      body: { items: ['ä', 1] },
    });
    expect(answer.status).to.equal(201);
    expect(orders.bodies).to.deep.equal(['{"items":["ä",1]}']);
    await orders.stop();
  });

  it('refuses a body of more than 64 KB without forwarding it', async () => {
    const answer = await gateway.server.call('POST', '/auth/register', { body: { name: 'x'.repeat(70_000) } });
    expect([answer.status, answer.body.code]).to.deep.equal([413, 'request.too_large']);
  });

  it('answers a service that is away with 503 and says when to come back', async () => {
    await gateway.place('product-service', 'http://127.0.0.1:9');
    const answer = await gateway.server.call('GET', '/products');
    expect([answer.status, answer.body.code]).to.deep.equal([503, 'service.unavailable']);
    expect(answer.headers.get('retry-after')).to.equal('2');
    expect(JSON.stringify(answer.body)).not.to.contain('127.0.0.1');
  });

  it('answers a service that takes too long with 504', async () => {
    const slow = await fakeService(() => undefined);
    await gateway.place('product-service', slow.url);
    const answer = await gateway.server.call('GET', '/products');
    expect([answer.status, answer.body.code]).to.deep.equal([504, 'service.timeout']);
    await slow.stop();
  });

  it('reads from another instance when one breaks off, and writes only once', async () => {
    const broken = await fakeService((request) => request.socket.destroy());
    await gateway.place('product-service', broken.url, products.url);
    const statuses = await Promise.all(
      Array.from({ length: 10 }, async () => (await gateway.server.call('GET', '/products')).status),
    );
    expect(statuses.every((status) => status === 200)).to.equal(true);
    await gateway.place('order-service', broken.url);
    const before = broken.requests.length;
    const answer = await gateway.server.call('POST', '/orders', { token: gateway.tokens.issue(), body: {} });
    expect(answer.status).to.equal(503);
    expect(broken.requests).to.have.lengthOf(before + 1);
    await broken.stop();
  });

  it('keeps a stream of events open beyond the time limits of others', async () => {
    let end: () => void = () => undefined;
    const tracking = await fakeService((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: pending\n\n');
      end = () => response.end('data: confirmed\n\n');
    });
    const slow = await fakeService(() => undefined);
    await gateway.place('order-service', tracking.url);
    await gateway.place('product-service', slow.url);
    const stream = gateway.server.call('GET', '/orders/1/events', { token: gateway.tokens.issue() });
    try {
      await waitFor('the stream has begun', () => tracking.requests.length === 1);
      // A request that began after the stream has come to its limit.
      expect((await gateway.server.call('GET', '/products')).status).to.equal(504);
      end();
      expect((await stream).body).to.equal('data: pending\n\ndata: confirmed\n\n');
    } finally {
      await Promise.all([tracking.stop(), slow.stop()]);
    }
  });

  it('tells the health of all services, and fails only for those without which no order can be placed', async () => {
    const ready = await fakeService((_request, response) => response.end('{}'));
    for (const service of [
      'user-service',
      'product-service',
      'order-service',
      'payment-service',
      'saga-orchestrator',
      'outbox-relay',
    ] as const) {
      await gateway.place(service, ready.url);
    }
    const answer = await gateway.server.call('GET', '/health');
    expect([answer.status, answer.body.status]).to.deep.equal([200, 'warn']);
    expect(answer.body.checks['notification-service']).to.deep.equal({ status: 'fail', instances: 1, ready: 0 });
    expect(answer.body.checks['order-service']).to.deep.equal({ status: 'pass', instances: 1, ready: 1 });
    await ready.stop();
  });
});

describe('the health of all services', () => {
  it('is told within a second though one of them hangs, and asked for once in two seconds however many want to know', async () => {
    const gateway = await startGateway({}, redisDatabase(15));
    const hanging = await fakeService(() => undefined);
    try {
      await gateway.place('order-service', hanging.url);
      const since = performance.now();
      const answers = await Promise.all([1, 2, 3].map(() => gateway.server.call('GET', '/health')));
      expect(performance.now() - since).to.be.within(700, 2_000);
      expect((await gateway.server.call('GET', '/health')).status).to.equal(503);
      for (const { status, body } of answers) {
        expect([status, body.checks['order-service'].status]).to.deep.equal([503, 'fail']);
      }
      expect(hanging.requests).to.have.lengthOf(1);
    } finally {
      await Promise.all([gateway.stop(), hanging.stop()]);
    }
  });
});
