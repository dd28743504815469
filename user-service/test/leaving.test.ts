import { silentLogger } from '@sagacity/chassis/logging/logger';
import { expect } from 'chai';
import { createKeyRing } from '../src/credentials/key-ring.ts';
import { type IdentityFixture, startIdentity } from './identity-fixture.ts';

describe('what an admin does to accounts, and erasing them', () => {
  let identity: IdentityFixture;
  before(async () => {
    identity = await startIdentity({ RATE_LIMIT_LOGIN_ACCOUNT_PER_15_MINUTES: '1000' });
  });
  beforeEach(() => identity.database.db.raw('TRUNCATE users, outbox, order_history RESTART IDENTITY CASCADE'));
  after(() => identity.stop());

  it('is on record: who changed which field of whom, from what to what, in which request', async () => {
    const ada = await identity.member('ada');
    const admin = await identity.member('root-admin', 'admin');
    const headers = { 'x-request-id': 'request-of-the-test' };
    await identity.server.call('PUT', `/users/${ada.id}`, {
      token: admin.token,
      headers,
      body: { role: 'admin', is_active: true, last_name: 'Lovelace' },
    });

    const { body } = await identity.server.call('GET', `/users/${ada.id}/changes`, { token: admin.token });
    const changes = body.items.map(({ id: _id, changed_at: _at, ...change }: Record<string, unknown>) => change);
    const of = { admin_id: admin.id, request_id: 'request-of-the-test' };
    expect(changes).to.have.deep.members([
      { ...of, field: 'role', old_value: 'user', new_value: 'admin' },
      { ...of, field: 'last_name', old_value: null, new_value: 'Lovelace' },
    ]);
  });

  it('stays on record when an admin has erased somebody, without what was forgotten', async () => {
    const ada = await identity.member('ada');
    const admin = await identity.member('root-admin', 'admin');
    await identity.server.call('PUT', `/users/${ada.id}`, { token: admin.token, body: { last_name: 'Lovelace' } });

    expect((await identity.server.call('DELETE', `/users/${ada.id}`, { token: admin.token })).status).to.equal(204);

    const kept = await identity.database
      .db('admin_changes')
      .orderBy('id')
      .select('admin_id', 'user_id', 'field', 'old_value', 'new_value');
    const of = { admin_id: admin.id, user_id: ada.id };
    expect(kept).to.deep.equal([
      { ...of, field: 'last_name', old_value: null, new_value: null },
      { ...of, field: 'erased', old_value: 'false', new_value: 'true' },
    ]);
  });

  it('keeps the last active admin: not demoted, not deactivated, not erased', async () => {
    const admin = await identity.member('root-admin', 'admin');
    for (const body of [{ role: 'user' }, { is_active: false }]) {
      const answer = await identity.server.call('PUT', `/users/${admin.id}`, { token: admin.token, body });
      expect([answer.status, answer.body.code]).to.deep.equal([409, 'user.last_admin']);
    }
    const erased = await identity.server.call('DELETE', `/users/${admin.id}`, { token: admin.token });
    expect([erased.status, erased.body.code]).to.deep.equal([409, 'user.last_admin']);
  });

  it('ends access at once, forgets the person everywhere here, and tells the others', async () => {
    const ada = await identity.member('ada');
    const admin = await identity.member('root-admin', 'admin');
    const profile = { first_name: 'Ada', last_name: 'Lovelace', phone: '12345', address: '1 Main Street' };
    await identity.server.call('PUT', `/users/${ada.id}`, { token: admin.token, body: profile });

    expect((await identity.server.call('DELETE', `/users/${ada.id}`, { token: ada.token })).status).to.equal(204);

    expect((await identity.server.call('GET', '/users/me', { token: ada.token })).status).to.equal(401);
    const refreshed = await identity.server.call('POST', '/auth/refresh', {
      body: { refresh_token: ada.refreshToken },
    });
    expect(refreshed.status).to.equal(401);
    expect((await identity.server.call('GET', `/users/${ada.id}`, { token: admin.token })).status).to.equal(404);
    const everything = await identity.database.db.raw(
      `SELECT coalesce(json_agg(u), '[]')::text || (SELECT coalesce(json_agg(c), '[]')::text FROM admin_changes c) AS text FROM users u WHERE id = ?`,
      [ada.id],
    );
    expect(everything.rows[0].text).not.to.match(/ada@|Lovelace|12345|Main Street|argon2/);
    const events = await identity.database.db('outbox').where('routing_key', 'user.erased').select('payload');
    expect(events.map(({ payload }) => JSON.parse(payload).data.user_id)).to.deep.equal([ada.id]);
    expect(events[0]?.payload).not.to.match(/ada@|Lovelace/);
  });

  it('lets nobody log in to an erased account, with the answer that everybody gets', async () => {
    const ada = await identity.member('ada');
    await identity.server.call('DELETE', `/users/${ada.id}`, { token: ada.token });
    for (const username of ['ada', `erased-${ada.id}`]) {
      const answer = await identity.logIn(username);
      expect([answer.status, answer.body.code], username).to.deep.equal([401, 'auth.invalid_credentials']);
    }
    const again = await identity.register();
    expect(again.status).to.equal(201);
  });
});

describe('signing keys that turn', () => {
  it('leave tokens good that an older key signed, and sign with the younger one', async () => {
    const identity = await startIdentity();
    try {
      const before = await identity.member('ada');
      const { db } = identity.database;
      await db.raw(`UPDATE signing_keys SET created_at = created_at - interval '91 days'`);
      // Two instances that notice it at the same time make one key.
      const rings = [1, 2].map(() => createKeyRing({ db, logger: silentLogger }));
      await Promise.all(rings.map((ring) => ring.start()));
      await Promise.all(rings.map((ring) => ring.stop()));
      expect(await db('signing_keys').count({ n: '*' })).to.deep.equal([{ n: 2 }]);
      const [old] = await db('signing_keys').orderBy('created_at').select('kid');
      await db.raw(`UPDATE signing_keys SET created_at = created_at - interval '21 minutes' WHERE kid <> ?`, [old.kid]);

      const turned = createKeyRing({ db, logger: silentLogger });
      await turned.start();
      await turned.stop();

      expect(turned.signingKey().kid).not.to.equal(old.kid);
      expect(turned.jwks().keys.map(({ kid }) => kid)).to.include.members([old.kid, turned.signingKey().kid]);
      expect(await turned.find(old.kid)).not.to.equal(undefined);
      expect((await identity.server.call('GET', '/users/me', { token: before.token })).status).to.equal(200);
    } finally {
      await identity.stop();
    }
  });
});
