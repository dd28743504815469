import { expect } from 'chai';
import { type FakeService, fakeService, redisDatabase, startGateway, type TestGateway } from './gateway-fixture.ts';

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
