import { callHttp } from '@sagacity/chassis/test-kit/http';
import { expect } from 'chai';
import { accessMatrix } from '../../api-docs/src/access-matrix.ts';
import { routes, type Service } from '../../gateway/src/routes.ts';
import { setting } from '../e2e/shop.ts';
import { createWorld, type World } from './world.ts';

/** Spoken to on its own port, a service has nobody in front of it who would take these away. */
const forged = (userId: number) => ({
  'x-user-id': String(userId),
  'x-user-roles': 'admin',
  'x-user-role': 'admin',
  'x-internal-user': String(userId),
  'x-internal-token': 'trust me',
  'x-forwarded-for': '127.0.0.1',
  'x-forwarded-user': String(userId),
  forwarded: 'for=127.0.0.1',
});

const services = [...new Set(routes.map(({ service }) => service))];

for (const service of services) {
  describe(`${service}, without the gateway in front of it`, () => {
    let world: World;

    before(async function () {
      this.timeout(60_000);
      world = await createWorld();
    });

    for (const { route, statuses } of accessMatrix.filter((row) => serviceOf(row.route) === service)) {
      if (statuses.nobody === 401) {
        it(`refuses ${route} without a token, whoever the headers name`, async () => {
          const headers = forged(world.subject.owner.id);
          const answer = await world.call(addressOf(service), 'nobody', route, headers);
          expect(answer.status).to.equal(401);
        });
      }
      if (statuses.stranger >= 400) {
        it(`answers ${statuses.stranger} to a stranger at ${route}, whoever the headers name`, async () => {
          const headers = forged(world.subject.owner.id);
          const answer = await world.call(addressOf(service), 'stranger', route, headers);
          expect(answer.status).to.equal(statuses.stranger);
        }).timeout(60_000);
      }
    }

    it('believes no token that somebody else signed', async () => {
      const [header, payload] = world.subject.admin.token.split('.');
      const guarded = accessMatrix.find(
        ({ route, statuses }) => serviceOf(route) === service && statuses.nobody === 401 && statuses.owner !== 401,
      );
      const [method = '', path = ''] = (guarded?.route ?? '').split(' ');
      const answer = await callHttp(addressOf(service), method.toUpperCase(), path.replace(/:\w+/g, '1'), {
        headers: {
          authorization: `Bearer ${header}.${payload}.${Buffer.from('not a signature').toString('base64url')}`,
        },
      });
      expect([answer.status, answer.body.code]).to.deep.equal([401, 'auth.invalid_token']);
    }).timeout(60_000);
  });
}

describe('the payment service, asked for what no route of the gateway leads to', () => {
  it('refuses nobody, shows a stranger nothing, and lets only admins refund', async () => {
    const world = await createWorld();
    const { owner, admin, orderId } = world.subject;
    const url = addressOf('payment-service');
    const headers = forged(owner.id);
    const payments = `/payments?order_id=${orderId}`;
    const [payment] = (await callHttp(url, 'GET', payments, { token: owner.token })).body.items;
    const refunds = `/payments/${payment.id}/refunds`;
    const stranger = world.callers.get('stranger')?.token ?? '';
    const refund = { body: { reason: 'for myself' }, headers: { ...headers, 'idempotency-key': 'mine' } };

    expect((await callHttp(url, 'GET', payments, { headers })).status).to.equal(401);
    expect((await callHttp(url, 'GET', payments, { token: stranger, headers })).body.items).to.deep.equal([]);
    expect((await callHttp(url, 'GET', `/payments/${payment.id}`, { headers })).status).to.equal(401);
    expect((await callHttp(url, 'GET', `/payments/${payment.id}`, { token: stranger, headers })).status).to.equal(404);
    expect((await callHttp(url, 'POST', refunds, refund)).status).to.equal(401);
    expect((await callHttp(url, 'POST', refunds, { token: owner.token, ...refund })).status).to.equal(403);
    expect((await callHttp(url, 'GET', payments, { token: admin.token })).body.items[0].refunds).to.deep.equal([]);
  }).timeout(60_000);
});

describe('a service that is asked who calls', () => {
  it('reads it from the token, not from headers', async () => {
    const world = await createWorld();
    const { owner } = world.subject;
    const me = await world.call(addressOf('user-service'), 'stranger', 'get /users/me', forged(owner.id));
    expect(me.body.id).to.equal(world.callers.get('stranger')?.id);
    const orders = await world.call(addressOf('order-service'), 'stranger', 'get /orders', forged(owner.id));
    expect(orders.body.items).to.deep.equal([]);
  }).timeout(60_000);
});

function serviceOf(route: string): Service | undefined {
  return routes.find(({ method, path }) => `${method} ${path}` === route)?.service;
}

function addressOf(service: Service): string {
  return setting(`E2E_${service.toUpperCase().replaceAll('-', '_')}_URL`);
}
