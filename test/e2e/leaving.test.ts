import type { HttpAnswer } from '@sagacity/chassis/test-kit/http';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { type Account, callGateway, logInAsAdmin, newAccount, newProduct, placeOrder } from './shop.ts';

/** As the user service's README promises. */
const accessEndsWithinMs = 1_000;

const endsOfAccess: Readonly<Record<string, (who: Account, admin: Account) => Promise<HttpAnswer>>> = {
  'the session is logged out': (who) => who.call('POST', '/auth/logout'),
  'the password is changed': (who) =>
    who.call('PUT', `/users/${who.id}/password`, {
      body: { current_password: who.password, new_password: 'another long passphrase' },
    }),
  'an admin has changed the role': (who, admin) => admin.call('PUT', `/users/${who.id}`, { body: { role: 'admin' } }),
  'an admin has deactivated the account': (who, admin) =>
    admin.call('PUT', `/users/${who.id}`, { body: { is_active: false } }),
  'the account is erased': (who) => who.call('DELETE', `/users/${who.id}`),
};

describe('somebody whose access ends', () => {
  let admin: Account;

  before(async () => {
    admin = await logInAsAdmin();
  });

  for (const [how, end] of Object.entries(endsOfAccess)) {
    it(`is refused by the gateway within a second: ${how}`, async () => {
      const [leaving, staying] = [await newAccount(), await newAccount()];
      expect((await leaving.call('GET', '/users/me')).status).to.equal(200);
      const token = leaving.token;

      expect((await end(leaving, admin)).status).to.be.oneOf([200, 204]);

      await waitFor(
        'the gateway refuses the token',
        async () => (await callGateway('GET', '/orders', { token })).body.code === 'auth.token_revoked',
        accessEndsWithinMs,
      );
      // Where the service would not look who asks: the refusal is the gateway's.
      expect((await callGateway('GET', '/products', { token })).status).to.equal(401);
      expect((await staying.call('GET', '/users/me')).status).to.equal(200);
    });
  }

  it('cannot log in again once the account is deactivated or erased', async () => {
    for (const how of ['an admin has deactivated the account', 'the account is erased']) {
      const leaving = await newAccount();
      await endsOfAccess[how]?.(leaving, admin);
      const { email, password } = leaving;
      const answer = await callGateway('POST', '/auth/login', { body: { email, password } });
      expect([answer.status, answer.body.code], how).to.deep.equal([401, 'auth.invalid_credentials']);
    }
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
      accessEndsWithinMs,
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
