import { createTokenVerifier, type TokenVerifier } from '@sagacity/chassis/auth/token-verifier';
import type { Db } from '@sagacity/chassis/db/database';
import { DomainError } from '@sagacity/chassis/errors/domain-error';
import type { KeyRing } from '../credentials/key-ring.ts';
import { isSessionLive } from '../persistence/sessions.ts';

/** As the chassis's verifier, with the keys at hand; and since the sessions are at hand too, a token of a revoked one is refused here at once (`auth.token_revoked`). */
export function createSessionVerifier(options: {
  readonly db: Db;
  readonly keyRing: KeyRing;
  readonly issuer: string;
  readonly audience: string;
}): TokenVerifier {
  const { db, keyRing, issuer, audience } = options;
  const verify = createTokenVerifier({ findKey: keyRing.find, issuer, audience });
  return async (token) => {
    const actor = await verify(token);
    if (await isSessionLive(db, actor.sessionId)) return actor;
    throw new DomainError('auth.token_revoked', 'The session of this access token has ended.');
  };
}
