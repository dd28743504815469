import { expect } from 'chai';
import { redisDatabase, startGateway, type TestGateway } from './gateway-fixture.ts';

const shop = 'https://shop.example';

describe('gateway, called by browsers', () => {
  let gateway: TestGateway;

  before(async () => {
    gateway = await startGateway({ CORS_ORIGINS: `${shop}, https://admin.example` }, redisDatabase(8));
  });
  after(() => gateway.stop());

  it('lets pages of the origins that are named read answers, and send no cookies', async () => {
    const { headers } = await gateway.server.call('GET', '/nowhere', { headers: { origin: shop } });
    expect(headers.get('access-control-allow-origin')).to.equal(shop);
    expect(headers.get('access-control-allow-credentials')).to.equal(null);
    expect(headers.get('access-control-expose-headers')).to.contain('x-request-id');
    expect(headers.get('vary')).to.contain('Origin');
  });

  it('lets no other page read them: unknown, null, a longer name, another protocol', async () => {
    for (const origin of ['https://evil.example', 'null', `${shop}.evil.example`, 'http://shop.example']) {
      const { headers } = await gateway.server.call('GET', '/nowhere', { headers: { origin } });
      expect(headers.get('access-control-allow-origin'), origin).to.equal(null);
      const asked = await gateway.server.call('OPTIONS', '/orders', {
        headers: { origin, 'access-control-request-method': 'POST' },
      });
      expect(asked.headers.get('access-control-allow-origin'), origin).to.equal(null);
    }
  });

  it('forbids browsers to run, load or frame what it answers, refusals of malformed paths too', async () => {
    for (const path of ['/nowhere', '/products', '/products%2f1']) {
      const { headers } = await gateway.server.call('GET', path);
      expect(headers.get('content-security-policy'), path).to.equal(
        "default-src 'none';object-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'",
      );
      expect(headers.get('x-content-type-options'), path).to.equal('nosniff');
    }
  });
});
