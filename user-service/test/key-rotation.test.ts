import { createJwksKeyFinder } from '@sagacity/chassis/auth/jwks';
import { createTokenVerifier } from '@sagacity/chassis/auth/token-verifier';
import { expect } from 'chai';
import { type IdentityFixture, startIdentity } from './identity-fixture.ts';

const minuteMs = 60_000;

/** Another service, which keeps the keys that it fetched, by a clock of its own. */
describe('a service that verifies tokens while the signing key turns', () => {
  let identity: IdentityFixture;
  let clock = Date.now();
  const verifier = () =>
    createTokenVerifier({
      findKey: createJwksKeyFinder({ url: `${identity.server.url}/.well-known/jwks.json`, now: () => clock }),
      issuer: 'sagacity',
      audience: 'sagacity',
    });

  before(async () => {
    identity = await startIdentity();
  });
  after(() => identity.stop());

  it('takes tokens of the old key and of the new one, which it has fetched in time or fetches when it first sees it', async () => {
    const before = await identity.member('ada');
    const oldKey = keyOf(before.token);
    const [punctual, late] = [verifier(), verifier()];
    for (const verify of [punctual, late]) await verify(before.token);

    await age(oldKey, '91 days');
    const newKey = (await publishedKeys()).find((key) => key !== oldKey);
    expect(newKey, 'a key that is published').to.be.a('string');
    expect(keyOf((await identity.member('bob')).token), 'and does not sign yet').to.equal(oldKey);
    // Ten minutes later the keys are fetched anew, as they always are.
    clock += 11 * minuteMs;
    await punctual(before.token);

    await age(newKey ?? '', '21 minutes');
    const after = await identity.member('cleo');
    expect(keyOf(after.token), 'the key that signs then').to.equal(newKey);

    for (const verify of [punctual, late]) {
      for (const { id, token } of [before, after]) expect(await verify(token)).to.include({ userId: id });
    }
    expect((await identity.server.call('GET', '/users/me', { token: before.token })).status).to.equal(200);
  });

  /** Makes a key older, and lets the user service look at its keys, as it does every minute. */
  async function age(kid: string, by: string): Promise<void> {
    await identity.database.db.raw('UPDATE signing_keys SET created_at = created_at - ?::interval WHERE kid = ?', [
      by,
      kid,
    ]);
    await identity.identity.keyRing.stop();
    await identity.identity.keyRing.start();
  }

  async function publishedKeys(): Promise<string[]> {
    const { body } = await identity.server.call('GET', '/.well-known/jwks.json');
    return body.keys.map(({ kid }: { kid: string }) => kid);
  }
});

function keyOf(token: string): string {
  return JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid;
}
