import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { type Account, callGateway, logInAsAdmin, newAccount, newProduct, placeOrder } from './shop.ts';

describe('somebody whose access ends', () => {
  let admin: Account;

  before(async () => {
    admin = await logInAsAdmin();
  });

  it('is refused by the gateway within a second after an admin deactivated the account', async () => {
    const leaving = await newAccount();
    await admin.call('PUT', `/users/${leaving.id}`, { body: { is_active: false } });
    await waitFor(
      'the gateway refuses the token',
      async () => (await leaving.call('GET', '/orders')).body.code === 'auth.token_revoked',
      1_000,
    );
    const { email, password } = leaving;
    expect((await callGateway('POST', '/auth/login', { body: { email, password } })).status).to.equal(401);
  });

  it('is forgotten when erased: profile and mails are made anonymous, orders stay with the shop', async () => {
    const leaving = await newAccount();
    const productId = await newProduct(admin, 5);
    const { body: order } = await placeOrder(leaving, { productId, headers: { prefer: 'wait=15' } });
    await waitFor('the mail of the order was sent', async () => {
      const { body } = await leaving.call('GET', `/users/${leaving.id}/notifications`);
      return body.items.some(({ order_id, state }: Mail) => order_id === order.id && state === 'sent');
    });

    expect((await leaving.call('DELETE', `/users/${leaving.id}`)).status).to.equal(204);

    await waitFor(
      'the gateway refuses the token',
      async () => (await leaving.call('GET', '/orders')).body.code === 'auth.token_revoked',
      1_000,
    );
    await waitFor('the mails are anonymous', async () => {
      const { body } = await admin.call('GET', `/users/${leaving.id}/notifications`);
      return body.items.length > 0 && !JSON.stringify(body).includes(leaving.email);
    });
    const kept = await admin.call('GET', `/orders/${order.id}`);
    expect([kept.status, kept.body.status]).to.deep.equal([200, 'confirmed']);
    expect(JSON.stringify(kept.body)).not.to.contain(leaving.email);
  });
});

interface Mail {
  readonly order_id: number | null;
  readonly state: string;
}
