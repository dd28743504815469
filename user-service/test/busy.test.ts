import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { argon2 } from '../src/credentials/password-hasher.ts';
import { createIdentityFixture, type IdentityFixture, newName, password } from './support/identity-fixture.ts';

describe('a user service with more passwords to hash than it can', () => {
  let letGo: () => void;
  let shop: IdentityFixture;

  before(async () => {
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    shop = await createIdentityFixture({
      settings: { PASSWORD_HASHES_AT_ONCE: '1', PASSWORD_HASHES_WAITING: '1' },
      argon2: {
        hash: (text) => held.then(() => argon2.hash(text)),
        verify: (hashed, text) => held.then(() => argon2.verify(hashed, text)),
      },
    });
  });
  after(() => shop.stop());

  it('answers logins and registrations beyond its queue with 503 at once and says when to come back, and serves those in it', async () => {
    const working = logIn();
    await waitFor('the first password is hashed', () => shop.argon2Calls.verify === 1);
    const waiting = register();
    await waitFor('the second one waits', async () => (await queueLength()) === 1);

    for (const refused of [await logIn(), await register()]) {
      expect([refused.status, refused.body.code]).to.deep.equal([503, 'service.unavailable']);
      expect(refused.headers.get('content-type')).to.contain('application/problem+json');
      expect(refused.headers.get('retry-after')).to.equal('1');
    }
    expect((await shop.call('GET', '/.well-known/jwks.json')).status).to.equal(200);
    expect([shop.argon2Calls.verify, shop.argon2Calls.hash]).to.deep.equal([1, 0]);

    letGo();
    expect([(await working).status, (await waiting).status]).to.deep.equal([401, 201]);
    expect((await register()).status).to.equal(201);
  });

  function logIn() {
    return shop.call('POST', '/auth/login', { body: { email: `${newName()}@example.test`, password } });
  }

  function register() {
    const name = newName();
    return shop.call('POST', '/auth/register', { body: { email: `${name}@example.test`, username: name, password } });
  }

  async function queueLength(): Promise<number> {
    const text = await shop.registry.metrics();
    return Number(/^password_hash_queue_depth(?:\{[^}]*\})? (\d+)$/m.exec(text)?.[1]);
  }
});
