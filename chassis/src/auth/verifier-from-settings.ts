import { createJwksKeyFinder } from './jwks.ts';
import { createTokenVerifier, type TokenVerifier } from './token-verifier.ts';

/** The verifier that a process's token settings ask for; keys are fetched when the first token comes. */
export function verifierFromSettings(settings: {
  readonly JWKS_URL: string;
  readonly JWT_ISSUER: string;
  readonly JWT_AUDIENCE: string;
}): TokenVerifier {
  const findKey = createJwksKeyFinder({ url: settings.JWKS_URL });
  return createTokenVerifier({ findKey, issuer: settings.JWT_ISSUER, audience: settings.JWT_AUDIENCE });
}
