import { createJwksKeyFinder } from '@sagacity/chassis/auth/jwks';
import { createTokenVerifier } from '@sagacity/chassis/auth/token-verifier';
import { compile } from '@sagacity/chassis/schema/validator';
import { expect } from 'chai';
import { jwks, tokenPair } from '../src/contract/auth.ts';
import { user } from '../src/contract/users.ts';
import { type IdentityFixture, secret, startIdentity } from './identity-fixture.ts';

describe('sessions', () => {
  let identity: IdentityFixture;
  before(async () => {
    identity = await startIdentity({ RATE_LIMIT_LOGIN_ACCOUNT_PER_15_MINUTES: '1000' });
  });
  beforeEach(() => identity.database.db.raw('TRUNCATE users, outbox RESTART IDENTITY CASCADE'));
  after(() => identity.stop());

  it('begin with a registration, which is an event and tells no secret', async () => {
    const answer = await identity.register({ first_name: 'Ada' });
    expect([answer.status, answer.headers.get('location')]).to.deep.equal([201, '/users/1']);
    expect(compile(user)(answer.body)).to.deep.equal({ valid: true });
    expect(answer.body).to.include({ email: 'ada@example.com', role: 'user', is_active: true });
    expect(JSON.stringify(answer.body)).not.to.match(/passphrase|argon2|hashed/);
    const [row] = await identity.database.db('outbox').select('routing_key', 'payload');
    expect(row.routing_key).to.equal('user.created');
    expect(row.payload).not.to.match(/passphrase|argon2/);
  });

  it('are refused names and addresses that are taken, whatever their case, and roles nobody gave', async () => {
    await identity.register();
    expect((await identity.register({ username: 'other', email: 'ADA@example.com' })).body.code).to.equal(
      'user.email_taken',
    );
    expect((await identity.register({ username: 'Ada', email: 'x@example.com' })).body.code).to.equal(
      'user.username_taken',
    );
    expect((await identity.register({ username: 'eve', email: 'e@example.com', role: 'admin' })).status).to.equal(400);
    expect(
      (await identity.register({ username: 'eve', email: 'e@example.com', password: 'password1' })).status,
    ).to.equal(422);
    expect((await identity.register({ username: 'eve', email: 'e@example.com', password: 'short' })).status).to.equal(
      400,
    );
  });

  it('are opened for one of many registrations with the same address at the same time', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) => identity.register({ username: `ada-${n}`, email: 'same@example.com' })),
    );
    expect(answers.filter(({ status }) => status === 201)).to.have.lengthOf(1);
    expect(answers.filter(({ body }) => body.code === 'user.email_taken')).to.have.lengthOf(7);
    expect(await identity.database.db('outbox').count({ n: '*' })).to.deep.equal([{ n: 1 }]);
  });

  it('give tokens that anybody can verify by the public keys', async () => {
    await identity.register();
    const session = await identity.server.call('POST', '/auth/login', {
      body: { email: 'ada@example.com', password: secret },
    });
    expect(session.status).to.equal(200);
    expect(compile(tokenPair)(session.body)).to.deep.equal({ valid: true });
    const keys = await identity.server.call('GET', '/.well-known/jwks.json');
    expect(compile(jwks)(keys.body)).to.deep.equal({ valid: true });
    expect(JSON.stringify(keys.body)).not.to.match(/"(?:d|p|q)"/);
    const verify = createTokenVerifier({
      findKey: createJwksKeyFinder({ url: `${identity.server.url}/.well-known/jwks.json` }),
      issuer: 'sagacity',
      audience: 'sagacity',
    });
    const actor = await verify(session.body.access_token);
    expect(actor).to.deep.include({ userId: 1, roles: ['user'] });
  });

  it('are refused the same way, with the same work, to an unknown user, a wrong password and an account that is not active', async () => {
    await identity.register();
    await identity.register({ username: 'gone', email: 'gone@example.com' });
    await identity.database.db('users').where({ username: 'gone' }).update({ is_active: false });
    const refusals: unknown[] = [];
    for (const [username, password] of [
      ['nobody', secret],
      ['ada', 'wrong passphrase'],
      ['gone', secret],
    ] as const) {
      const before = identity.hashing.verified;
      const { status, body } = await identity.logIn(username, password);
      refusals.push({ status, code: body.code, detail: body.detail, verified: identity.hashing.verified - before });
    }
    const [first] = refusals as [{ code: string; verified: number }];
    expect(first).to.include({ code: 'auth.invalid_credentials', verified: 1 });
    expect(refusals).to.deep.equal([first, first, first]);
  });

  it('go on by refresh tokens that are good for one use, and end when an old one comes back', async () => {
    const member = await identity.member('ada');
    const next = await refresh(member.refreshToken);
    expect(next.status).to.equal(200);
    expect(next.body.refresh_token).not.to.equal(member.refreshToken);
    // Two tabs that refresh at once are both served, for a moment.
    expect((await refresh(member.refreshToken)).status).to.equal(200);
    await identity.database.db.raw(
      "UPDATE refresh_tokens SET rotated_at = rotated_at - interval '1 minute' WHERE rotated_at IS NOT NULL",
    );
    expect((await refresh(member.refreshToken)).status).to.equal(401);
    expect((await refresh(next.body.refresh_token)).status).to.equal(401);
    expect((await me(next.body.access_token)).status).to.equal(401);
  });

  it('end for all who hold a token of theirs when an old one comes back, however many refreshed at once', async () => {
    const member = await identity.member('ada');
    const refreshed = await Promise.all(Array.from({ length: 6 }, () => refresh(member.refreshToken)));
    expect(refreshed.map(({ status }) => status)).to.deep.equal(Array(6).fill(200));
    expect(new Set(refreshed.map(({ body }) => body.refresh_token)).size).to.equal(6);
    await identity.database.db.raw(
      "UPDATE refresh_tokens SET rotated_at = rotated_at - interval '1 minute' WHERE rotated_at IS NOT NULL",
    );

    const reused = await Promise.all(Array.from({ length: 3 }, () => refresh(member.refreshToken)));

    expect(reused.map(({ status }) => status)).to.deep.equal([401, 401, 401]);
    for (const { body } of refreshed) {
      expect((await refresh(body.refresh_token)).status).to.equal(401);
      expect((await me(body.access_token)).status).to.equal(401);
    }
  });

  it('end at once when somebody logs out, for the gateway too', async () => {
    const { token, refreshToken } = await identity.member('ada');
    expect((await me(token)).status).to.equal(200);
    expect((await identity.server.call('POST', '/auth/logout', { token })).status).to.equal(204);
    expect((await me(token)).status).to.equal(401);
    expect((await refresh(refreshToken)).status).to.equal(401);
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    expect(await identity.redis.ttl(`revoked:sid:${claims.sid}`)).to.be.within(600, 660);
  });

  it('G15: are not begun when the event of a registration cannot be written', async () => {
    await identity.database.db.raw('ALTER TABLE outbox ADD CONSTRAINT broken CHECK (false) NOT VALID');
    try {
      expect((await identity.register()).status).to.equal(500);
    } finally {
      await identity.database.db.raw('ALTER TABLE outbox DROP CONSTRAINT broken');
    }
    expect(await identity.database.db('users').count({ n: '*' })).to.deep.equal([{ n: 0 }]);
  });

  function refresh(token: string) {
    return identity.server.call('POST', '/auth/refresh', { body: { refresh_token: token } });
  }

  function me(token: string) {
    return identity.server.call('GET', '/users/me', { token });
  }
});
