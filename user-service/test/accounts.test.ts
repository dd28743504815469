import { inTransaction } from '@sagacity/chassis/db/transaction';
import { compile } from '@sagacity/chassis/schema/validator';
import { expect } from 'chai';
import { orderHistory } from '../src/contract/order-history.ts';
import { ensureFirstAdmin } from '../src/use-cases/ensure-first-admin.ts';
import { recordOrder } from '../src/use-cases/record-order.ts';
import { type IdentityFixture, secret, startIdentity } from './identity-fixture.ts';

describe('accounts', () => {
  let identity: IdentityFixture;
  before(async () => {
    identity = await startIdentity({ RATE_LIMIT_LOGIN_ACCOUNT_PER_15_MINUTES: '1000' });
  });
  beforeEach(() => identity.database.db.raw('TRUNCATE users, outbox, order_history RESTART IDENTITY CASCADE'));
  after(() => identity.stop());

  it('are seen by their owner and by admins, and are not there for anybody else', async () => {
    const ada = await identity.member('ada');
    const eve = await identity.member('eve');
    const admin = await identity.member('root-admin', 'admin');
    expect((await call('GET', `/users/${ada.id}`, ada.token)).status).to.equal(200);
    expect((await call('GET', `/users/${ada.id}`, admin.token)).status).to.equal(200);
    for (const path of [`/users/${ada.id}`, `/users/${ada.id}/orders`, '/users/999']) {
      const answer = await call('GET', path, eve.token);
      expect([answer.status, answer.body.code], path).to.deep.equal([404, 'user.not_found']);
    }
    expect((await call('PUT', `/users/${ada.id}`, eve.token, { first_name: 'Eve' })).status).to.equal(404);
    expect((await call('GET', '/users', eve.token)).status).to.equal(403);
    expect((await call('GET', '/users', admin.token)).body.total).to.equal(3);
  });

  it('are changed by their owner, but for role and activity', async () => {
    const ada = await identity.member('ada');
    const changed = await call('PUT', `/users/${ada.id}`, ada.token, { first_name: 'Ada', address: '1 Main Street' });
    expect([changed.status, changed.body.first_name]).to.deep.equal([200, 'Ada']);
    for (const body of [{ role: 'admin' }, { is_active: false }]) {
      expect((await call('PUT', `/users/${ada.id}`, ada.token, body)).status).to.equal(403);
    }
    expect((await call('PUT', `/users/${ada.id}`, ada.token, { id: 1 })).status).to.equal(400);
    const stale = await identity.server.call('PUT', `/users/${ada.id}`, {
      token: ada.token,
      body: { first_name: 'A' },
      headers: { 'if-match': '"1"' },
    });
    expect(stale.status).to.equal(412);
  });

  it('lose all access when an admin deactivates them or changes their role', async () => {
    const ada = await identity.member('ada');
    const admin = await identity.member('root-admin', 'admin');
    await call('PUT', `/users/${ada.id}`, admin.token, { is_active: false });
    expect((await call('GET', '/users/me', ada.token)).status).to.equal(401);
    expect((await identity.logIn('ada')).status).to.equal(401);
    const bob = await identity.member('bob');
    await call('PUT', `/users/${bob.id}`, admin.token, { role: 'admin' });
    expect((await call('GET', '/users/me', bob.token)).status).to.equal(401);
  });

  it('have a first admin, made once, whose password is never overwritten', async () => {
    const first = { email: 'admin@example.com', username: 'admin', password: secret };
    await Promise.all([
      ensureFirstAdmin(identity.identity.deps, first),
      ensureFirstAdmin(identity.identity.deps, first),
    ]);
    await ensureFirstAdmin(identity.identity.deps, { ...first, password: 'another long passphrase' });
    const session = await identity.logIn('admin');
    expect([session.status, session.body.user.role]).to.deep.equal([200, 'admin']);
    expect(await identity.database.db('users').count({ n: '*' })).to.deep.equal([{ n: 1 }]);
  });

  it('show their orders as the newest event tells, whatever the order of arrival', async () => {
    const ada = await identity.member('ada');
    const order = (status: string) => ({
      order_id: 5,
      user_id: ada.id,
      status,
      total_amount: 19.99,
      currency: 'EUR',
      item_count: 1,
      created_at: '2026-01-01T00:00:00.000Z',
      updated_at: '2026-01-01T00:00:00.000Z',
    });
    const record = (status: string, version: number) =>
      inTransaction(identity.database.db, (trx) => recordOrder(trx, order(status), version));
    await record('confirmed', 2);
    await record('pending', 1);
    await record('confirmed', 2);
    const { body } = await call('GET', `/users/${ada.id}/orders`, ada.token);
    expect(compile(orderHistory)(body)).to.deep.equal({ valid: true });
    expect(body.items).to.have.lengthOf(1);
    expect(body.items[0]).to.include({ order_id: 5, status: 'confirmed', total_amount: 19.99 });
  });

  function call(method: string, path: string, token: string, body?: object) {
    return identity.server.call(method, path, body === undefined ? { token } : { token, body });
  }
});
