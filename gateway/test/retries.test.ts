import { request } from 'node:http';
import { expect } from 'chai';
import { type FakeService, fakeService, redisDatabase, startGateway, type TestGateway } from './gateway-fixture.ts';

describe('gateway retries of a write', () => {
  let gateway: TestGateway;
  let orders: FakeService;

  // A gateway for each test: after five failures one stops asking the dead address.
  beforeEach(async () => {
    gateway = await startGateway({ RATE_LIMIT_ORDERS_PER_MINUTE: '1000' }, redisDatabase(7));
    await gateway.redis.flushdb();
    orders = await fakeService((_request, response) => response.writeHead(201).end());
    await gateway.place('order-service', 'http://127.0.0.1:9', orders.url);
  });
  afterEach(async () => {
    await gateway.stop();
    await orders.stop();
  });

  for (const framing of ['of a known length', 'in chunks'] as const) {
    it(`go to another instance when nobody listens at the first, and a body ${framing} goes with them`, async () => {
      const bodies = Array.from({ length: 24 }, (_, n) => JSON.stringify({ note: `${n} ${'x'.repeat(20_000)}` }));
      const statuses: (number | undefined)[] = [];
      for (const body of bodies) statuses.push(await post(body, framing));

      expect(statuses).to.deep.equal(bodies.map(() => 201));
      expect(orders.bodies).to.deep.equal(bodies);
      const { body } = await gateway.server.call('GET', '/metrics');
      expect(body).to.match(/^gateway_retries_total\{[^}]*\} [1-9]/m);
    });
  }

  function post(body: string, framing: 'of a known length' | 'in chunks'): Promise<number | undefined> {
    const length = framing === 'in chunks' ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const headers = {
      authorization: `Bearer ${gateway.tokens.issue()}`,
      'content-type': 'application/json',
      ...length,
    };
    return new Promise((resolve, reject) => {
      const sent = request(`${gateway.server.url}/orders`, { method: 'POST', headers, agent: false }, (answer) =>
        answer.resume().once('end', () => resolve(answer.statusCode)),
      );
      sent.once('error', reject);
      sent.write(body.slice(0, 10));
      sent.end(body.slice(10));
    });
  }
});

describe('gateway retries', () => {
  let gateway: TestGateway;
  let broken: FakeService[];

  before(async () => {
    gateway = await startGateway({ RATE_LIMIT_ADDRESS_PER_MINUTE: '100000' }, redisDatabase(7));
    await gateway.redis.flushdb();
    broken = await Promise.all([1, 2].map(() => fakeService((request) => request.socket.destroy())));
    await gateway.place('product-service', ...broken.map(({ url }) => url));
  });
  after(async () => {
    await gateway.stop();
    await Promise.all(broken.map((service) => service.stop()));
  });

  it('never multiply an overload: two hundred reads that all fail make no more than ten retries a second and a fifth of them', async () => {
    const reads = Array.from({ length: 200 }, () => gateway.server.call('GET', '/products'));
    const statuses = (await Promise.all(reads)).map(({ status }) => status);
    expect(new Set(statuses)).to.deep.equal(new Set([503]));
    const { body } = await gateway.server.call('GET', '/metrics');
    const retries = Number(/^gateway_retries_total\{[^}]*\} (\d+)$/m.exec(body)?.[1]);
    expect(retries).to.be.within(100, 140);
    expect(broken.reduce((sum, { requests }) => sum + requests.length, 0)).to.be.at.most(340);
  });
});
