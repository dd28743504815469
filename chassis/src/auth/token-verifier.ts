import jwt, { type JwtPayload } from 'jsonwebtoken';
import { DomainError } from '../errors/domain-error.ts';
import type { Actor } from './actor.ts';
import type { KeyFinder } from './jwks.ts';

/** Verifies an access token and tells who calls; throws `auth.invalid_token`, `auth.token_expired` or `service.unavailable`. */
export type TokenVerifier = (token: string) => Promise<Actor>;

const clockToleranceSeconds = 30;
const longestToken = 4096;

/** A verifier for RS256 access tokens of one issuer and audience; `exp`, `sub`, `sid`, `jti` and `roles` are required. */
export function createTokenVerifier(options: {
  readonly findKey: KeyFinder;
  readonly issuer: string;
  readonly audience: string;
}): TokenVerifier {
  return async (token) => {
    const key = await options.findKey(keyIdOf(token));
    if (!key) throw invalid();
    try {
      // The algorithm is pinned: a token cannot choose `none`, nor HMAC with the public key as its secret.
      const payload = jwt.verify(token, key, {
        algorithms: ['RS256'],
        issuer: options.issuer,
        audience: options.audience,
        clockTolerance: clockToleranceSeconds,
      });
      return toActor(payload as JwtPayload);
    } catch (error) {
      if (error instanceof jwt.TokenExpiredError)
        throw new DomainError('auth.token_expired', 'The access token has expired.');
      throw invalid();
    }
  };
}

/** The bearer token of an Authorization header; undefined when there is no header, an error when it is not a bearer token. */
export function readBearer(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(header)?.[1];
  if (token === undefined) throw invalid();
  return token;
}

function keyIdOf(token: string): string {
  const decoded = token.length <= longestToken ? jwt.decode(token, { complete: true }) : null;
  const kid = decoded?.header.kid;
  if (kid === undefined) throw invalid();
  return kid;
}

function toActor({ sub, sid, jti, roles, exp }: JwtPayload): Actor {
  const userId = Number(sub);
  const complete = Number.isSafeInteger(userId) && userId > 0 && typeof sid === 'string' && typeof jti === 'string';
  // jsonwebtoken accepts tokens that never expire.
  if (!complete || typeof exp !== 'number' || !isTexts(roles)) throw invalid();
  return { userId, roles, sessionId: sid };
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function invalid(): DomainError {
  return new DomainError('auth.invalid_token', 'The access token is not valid.');
}
