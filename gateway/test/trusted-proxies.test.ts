import { expect } from 'chai';
import {
  type FakeService,
  fakeService,
  forgetLimits,
  redisDatabase,
  startGateway,
  type TestGateway,
} from './gateway-fixture.ts';

const limit = 3;

for (const isTrusted of [true, false]) {
  describe(`gateway behind a proxy that is ${isTrusted ? '' : 'not '}trusted`, () => {
    let gateway: TestGateway;
    let products: FakeService;

    before(async () => {
      gateway = await startGateway(
        { TRUSTED_PROXIES: isTrusted ? '127.0.0.1' : '', RATE_LIMIT_ADDRESS_PER_MINUTE: String(limit) },
        redisDatabase(10),
      );
      products = await fakeService((_request, response) => response.end('{}'));
      await gateway.place('product-service', products.url);
    });
    beforeEach(() => forgetLimits(gateway.redis));
    after(async () => {
      await gateway.stop();
      await products.stop();
    });

    it(`${isTrusted ? 'limits each client that it names by itself' : 'limits all that come through it together'}`, async () => {
      const statuses: number[] = [];
      for (let step = 0; step < limit + 1; step += 1) statuses.push(await callFrom(`203.0.113.${step}`));
      expect(statuses).to.deep.equal([200, 200, 200, isTrusted ? 200 : 429]);
    });

    it('cannot be talked into another address by the client, who may send the header too', async () => {
      const statuses: number[] = [];
      for (let step = 0; step < limit + 1; step += 1) statuses.push(await callFrom(`6.6.6.${step}, 203.0.113.9`));
      expect(statuses).to.deep.equal([200, 200, 200, 429]);
    });

    it(`tells services the address of ${isTrusted ? 'the client and the protocol he spoke' : 'who speaks to it'}`, async () => {
      await callFrom('6.6.6.6, 203.0.113.9');
      const { headers } = products.requests.at(-1) ?? {};
      const told = [headers?.['x-forwarded-for'], headers?.['x-forwarded-proto']];
      expect(told).to.deep.equal(isTrusted ? ['203.0.113.9', 'https'] : ['127.0.0.1', 'http']);
    });

    async function callFrom(addresses: string): Promise<number> {
      const headers = { 'x-forwarded-for': addresses, 'x-forwarded-proto': 'https' };
      return (await gateway.server.call('GET', '/products', { headers })).status;
    }
  });
}
