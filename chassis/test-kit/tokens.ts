import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { createTokenVerifier, type TokenVerifier } from '../src/auth/token-verifier.ts';

export interface TokenOptions {
  readonly userId?: number;
  readonly roles?: readonly string[];
  readonly sessionId?: string;
  /** Negative for a token that has expired. */
  readonly expiresInSeconds?: number;
}

/** A token issuer of a test's own, and the verifier that trusts it. */
export interface TestTokens {
  readonly verify: TokenVerifier;
  readonly privateKey: KeyObject;
  readonly jwks: { readonly keys: readonly object[] };
  issue(options?: TokenOptions): string;
}

const keyId = 'test-key';

export function createTestTokens(): TestTokens {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    verify: createTokenVerifier({
      findKey: async (id) => (id === keyId ? publicKey : undefined),
      issuer: 'sagacity',
      audience: 'sagacity',
    }),
    privateKey,
    jwks: { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: keyId, alg: 'RS256', use: 'sig' }] },
    issue: ({ userId = 1, roles = ['user'], sessionId = 'session-1', expiresInSeconds = 600 } = {}) =>
      jwt.sign({ sid: sessionId, roles }, privateKey, {
        algorithm: 'RS256',
        keyid: keyId,
        issuer: 'sagacity',
        audience: 'sagacity',
        subject: String(userId),
        jwtid: `token-${userId}`,
        expiresIn: expiresInSeconds,
      }),
  };
}
