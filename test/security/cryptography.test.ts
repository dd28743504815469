import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { expect } from 'chai';
import { callGateway, newAccount } from '../e2e/shop.ts';

const logins = 12;

describe('the cryptography of the shop', () => {
  it('signs tokens with RSA keys of 2048 bits at least, and publishes their public halves alone', async () => {
    const { keys } = (await callGateway('GET', '/.well-known/jwks.json')).body as { keys: JsonWebKey[] };
    expect(keys).not.to.deep.equal([]);
    for (const jwk of keys) {
      expect(Object.keys(jwk)).to.have.members(['kty', 'n', 'e', 'kid', 'use', 'alg']);
      expect(jwk).to.include({ kty: 'RSA', use: 'sig', alg: 'RS256' });
      const { asymmetricKeyDetails } = createPublicKey({ key: jwk, format: 'jwk' });
      expect(asymmetricKeyDetails?.modulusLength).to.be.at.least(2_048);
    }
  });

  it('makes refresh tokens, sessions and token ids from randomness, none of them twice', async () => {
    const { email, password } = await newAccount();
    const refreshTokens = new Set<string>();
    const ids = new Set<string>();
    for (let step = 0; step < logins; step += 1) {
      const { body } = await callGateway('POST', '/auth/login', { body: { email, password } });
      const { sid, jti } = JSON.parse(Buffer.from(body.access_token.split('.')[1], 'base64url').toString());
      expect(Buffer.from(body.refresh_token, 'base64url')).to.have.lengthOf(32);
      refreshTokens.add(body.refresh_token);
      ids.add(sid).add(jti);
    }
    expect(refreshTokens.size).to.equal(logins);
    expect(ids.size).to.equal(2 * logins);
  });

  it('tells by its tokens nothing but who, which session, what role and until when', async () => {
    const { token } = await newAccount();
    const [header, claims] = token
      .split('.')
      .slice(0, 2)
      .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()));
    expect(Object.keys(header)).to.have.members(['alg', 'typ', 'kid']);
    expect(Object.keys(claims)).to.have.members(['iss', 'aud', 'sub', 'sid', 'jti', 'roles', 'iat', 'exp']);
    expect(claims.exp - claims.iat).to.be.at.most(600);
  });
});
