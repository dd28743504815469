import { expect } from 'chai';
import { createTestTokens } from '../../test-kit/tokens.ts';
import { createJwksKeyFinder } from './jwks.ts';
import { createTokenVerifier, readBearer } from './token-verifier.ts';

describe('keys of tokens', () => {
  const tokens = createTestTokens();
  let now = 0;
  let fetches = 0;
  let away = false;
  beforeEach(() => {
    now = 0;
    fetches = 0;
    away = false;
  });

  it('are fetched once for many requests and kept for ten minutes', async () => {
    const findKey = finder();
    await Promise.all([findKey('test-key'), findKey('test-key'), findKey('test-key')]);
    now += 599_000;
    await findKey('test-key');
    expect(fetches).to.equal(1);
    now += 2_000;
    await findKey('test-key');
    expect(fetches).to.equal(2);
  });

  it('that are unknown cause no more than one fetch in thirty seconds', async () => {
    const findKey = finder();
    for (let step = 0; step < 5; step += 1) expect(await findKey('made-up')).to.equal(undefined);
    expect(fetches).to.equal(1);
    now += 31_000;
    await findKey('made-up');
    expect(fetches).to.equal(2);
  });

  it('go on serving while their issuer is away, and without any it says so', async () => {
    const findKey = finder();
    away = true;
    const code = await findKey('test-key').catch((error: { code: string }) => error.code);
    expect(code).to.equal('service.unavailable');
    away = false;
    await findKey('test-key');
    away = true;
    now += 3_600_000;
    expect(await findKey('test-key')).not.to.equal(undefined);
  });

  it('do not verify what is not a bearer token of theirs', async () => {
    const verify = createTokenVerifier({ findKey: finder(), issuer: 'sagacity', audience: 'sagacity' });
    expect(await verify(tokens.issue({ userId: 3 }))).to.deep.include({ userId: 3 });
    const [header = '', payload = '', signature = ''] = tokens.issue().split('.');
    const none = Buffer.from(JSON.stringify({ alg: 'none', kid: 'test-key' })).toString('base64url');
    const hmac = Buffer.from(JSON.stringify({ alg: 'HS256', kid: 'test-key' })).toString('base64url');
    const other = Buffer.from(JSON.stringify({ sub: '1', roles: ['admin'] })).toString('base64url');
    for (const forged of [
      `${none}.${payload}.`,
      `${hmac}.${payload}.${signature}`,
      `${header}.${other}.${signature}`,
      'x.y.z',
    ]) {
      const code = await verify(forged).catch((error: { code: string }) => error.code);
      expect(code, forged).to.equal('auth.invalid_token');
    }
    for (const [name, strict] of [
      ['issuer', { issuer: 'x', audience: 'sagacity' }],
      ['audience', { issuer: 'sagacity', audience: 'x' }],
    ] as const) {
      const code = await createTokenVerifier({ findKey: finder(), ...strict })(tokens.issue()).catch(
        (error: { code: string }) => error.code,
      );
      expect(code, name).to.equal('auth.invalid_token');
    }
    expect(readBearer(undefined)).to.equal(undefined);
    for (const header of ['Basic abc', 'Bearer', 'Bearer a.b', 'Bearer a.b.c d'])
      expect(() => readBearer(header)).to.throw();
  });

  function finder() {
    const fetch = (async () => {
      fetches += 1;
      if (away) throw new Error('away');
      return new Response(JSON.stringify(tokens.jwks));
    }) as typeof globalThis.fetch;
    return createJwksKeyFinder({ url: 'http://issuer/jwks', fetch, now: () => now });
  }
});
