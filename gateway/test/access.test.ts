import { expect } from 'chai';
import {
  type FakeService,
  fakeService,
  forgetLimits,
  redisDatabase,
  startGateway,
  type TestGateway,
} from './gateway-fixture.ts';

describe('gateway access', () => {
  let gateway: TestGateway;
  let everything: FakeService;

  before(async () => {
    gateway = await startGateway(
      { RATE_LIMIT_ADDRESS_PER_MINUTE: '20', RATE_LIMIT_ORDERS_PER_MINUTE: '2' },
      redisDatabase(14),
    );
    everything = await fakeService((_request, response) => response.end('{}'));
    for (const service of [
      'user-service',
      'product-service',
      'order-service',
      'payment-service',
      'saga-orchestrator',
    ] as const) {
      await gateway.place(service, everything.url);
    }
  });
  beforeEach(() => forgetLimits(gateway.redis));
  after(async () => {
    await gateway.stop();
    await everything.stop();
  });

  it('asks for a token where a route is not public', async () => {
    const answer = await gateway.server.call('GET', '/orders');
    expect([answer.status, answer.body.code]).to.deep.equal([401, 'auth.required']);
    expect(answer.headers.get('www-authenticate')).to.equal('Bearer');
  });

  it('refuses a forged, an expired and a malformed token, also on public routes', async () => {
    const forged = `${gateway.tokens.issue().split('.').slice(0, 2).join('.')}.AAAA`;
    for (const [token, code] of [
      [forged, 'auth.invalid_token'],
      [gateway.tokens.issue({ expiresInSeconds: -60 }), 'auth.token_expired'],
      ['abc', 'auth.invalid_token'],
    ] as const) {
      expect((await gateway.server.call('GET', '/products', { token })).body.code).to.equal(code);
    }
  });

  it('lets an expired token be no obstacle to a new one', async () => {
    const token = gateway.tokens.issue({ expiresInSeconds: -60 });
    const answer = await gateway.server.call('POST', '/auth/refresh', { token, body: { refresh_token: 'x' } });
    expect(answer.status).to.equal(200);
  });

  it('lets only admins refund, with their key and body passed on', async () => {
    const call = (roles: readonly string[]) =>
      gateway.server.call('POST', '/payments/7/refunds', {
        token: gateway.tokens.issue({ roles: [...roles] }),
        body: { amount: 5, reason: 'scratched' },
        headers: { 'idempotency-key': 'refund-1' },
      });
    expect((await gateway.server.call('POST', '/payments/7/refunds')).status).to.equal(401);
    expect((await call(['user'])).status).to.equal(403);
    expect((await call(['admin'])).status).to.equal(200);
    const passed = everything.requests.filter(({ url }) => url === '/payments/7/refunds');
    expect(passed.map(({ headers }) => headers['idempotency-key'])).to.deep.equal(['refund-1']);
  });

  it('lets only admins to admin routes', async () => {
    const asUser = await gateway.server.call('GET', '/admin/sagas', { token: gateway.tokens.issue() });
    expect([asUser.status, asUser.body.code]).to.deep.equal([403, 'auth.forbidden']);
    const asAdmin = await gateway.server.call('GET', '/admin/sagas', {
      token: gateway.tokens.issue({ roles: ['admin'] }),
    });
    expect(asAdmin.status).to.equal(200);
  });

  it('refuses the tokens of a session that has ended', async () => {
    const token = gateway.tokens.issue({ sessionId: 'ended' });
    expect((await gateway.server.call('GET', '/orders', { token })).status).to.equal(200);
    await gateway.redis.set('revoked:sid:ended', '1', 'EX', 60);
    const answer = await gateway.server.call('GET', '/orders', { token });
    expect([answer.status, answer.body.code]).to.deep.equal([401, 'auth.token_revoked']);
    await gateway.redis.del('revoked:sid:ended');
  });

  it('limits requests by address and says when to come back', async () => {
    const statuses: number[] = [];
    for (let step = 0; step < 21; step += 1) statuses.push((await gateway.server.call('GET', '/products')).status);
    expect(statuses.filter((status) => status === 200)).to.have.lengthOf(20);
    const answer = await gateway.server.call('GET', '/products');
    expect([answer.status, answer.body.code]).to.deep.equal([429, 'request.rate_limited']);
    expect(Number(answer.headers.get('retry-after'))).to.be.within(1, 60);
    expect(answer.headers.get('ratelimit')).to.match(/"address"; r=0; t=\d+/);
  });

  it('limits orders by user, each for himself', async () => {
    const order = async (userId: number) =>
      (await gateway.server.call('POST', '/orders', { token: gateway.tokens.issue({ userId }), body: {} })).status;
    expect([await order(1), await order(1), await order(1), await order(2)]).to.deep.equal([200, 200, 429, 200]);
  });

  it('does not count health checks', async () => {
    for (let step = 0; step < 25; step += 1) await gateway.server.call('GET', '/health/live');
    expect((await gateway.server.call('GET', '/products')).status).to.equal(200);
  });
});

describe('gateway without Redis', () => {
  let gateway: TestGateway;
  let everything: FakeService;

  before(async () => {
    gateway = await startGateway({ RATE_LIMIT_ADDRESS_PER_MINUTE: '20' }, 'redis://127.0.0.1:9/0');
    everything = await fakeService((_request, response) => response.end('{}'));
    for (const service of ['product-service', 'order-service', 'saga-orchestrator'] as const)
      await gateway.place(service, everything.url);
  });
  after(async () => {
    await gateway.stop();
    await everything.stop();
  });

  it('lets reads and orders go on, and refuses what a revoked session must not reach', async () => {
    const token = gateway.tokens.issue({ roles: ['admin'] });
    expect((await gateway.server.call('GET', '/orders', { token })).status).to.equal(200);
    const answer = await gateway.server.call('GET', '/admin/sagas', { token });
    expect([answer.status, answer.body.code]).to.deep.equal([503, 'service.unavailable']);
  });

  it('limits in this process alone', async () => {
    const statuses: number[] = [];
    for (let step = 0; step < 25; step += 1) statuses.push((await gateway.server.call('GET', '/products')).status);
    expect(statuses).to.include(200);
    expect(statuses.at(-1)).to.equal(429);
  });
});
