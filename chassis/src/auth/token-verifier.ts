import type { KeyObject } from 'node:crypto';
import jwt, { type JwtPayload } from 'jsonwebtoken';
import { LRUCache } from 'lru-cache';
import { DomainError } from '../errors/domain-error.ts';
import type { Actor } from './actor.ts';
import type { KeyFinder } from './jwks.ts';

/** Verifies an access token and tells who calls; throws `auth.invalid_token`, `auth.token_expired` or `service.unavailable`. */
export type TokenVerifier = (token: string) => Promise<Actor>;

const clockToleranceSeconds = 30;
const longestToken = 4096;

interface Verified {
  readonly keyId: string;
  readonly key: KeyObject;
  readonly actor: Actor;
  /** Seconds since 1970. */
  readonly expiresAt: number;
}

/** Of customers who are at it; a token takes some 2 KiB. */
const mostVerified = 5_000;

/**
 * A verifier for RS256 access tokens of one issuer and audience; `exp`, `sub`, `sid`, `jti` and `roles` are required. A signature is
 * checked once, as long as the issuer keeps its key; that it has expired is found each time.
 */
export function createTokenVerifier(options: {
  readonly findKey: KeyFinder;
  readonly issuer: string;
  readonly audience: string;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}): TokenVerifier {
  const { findKey, issuer, audience, now = Date.now } = options;
  const verified = new LRUCache<string, Verified>({ max: mostVerified });

  const check = (token: string, key: KeyObject): JwtPayload => {
    try {
      // The algorithm is pinned: a token cannot choose `none`, nor HMAC with the public key as its secret.
      return jwt.verify(token, key, {
        algorithms: ['RS256'],
        issuer,
        audience,
        clockTimestamp: Math.floor(now() / 1_000),
        clockTolerance: clockToleranceSeconds,
      }) as JwtPayload;
    } catch (error) {
      throw error instanceof jwt.TokenExpiredError ? expired() : invalid();
    }
  };

  return async (token) => {
    const known = verified.get(token);
    const keyId = known?.keyId ?? keyIdOf(token);
    const key = await findKey(keyId);
    if (!key) throw invalid();
    if (known?.key !== key) {
      const { actor, expiresAt } = readClaims(check(token, key));
      verified.set(token, { keyId, key, actor, expiresAt });
      return actor;
    }
    if (now() / 1_000 >= known.expiresAt + clockToleranceSeconds) throw expired();
    return known.actor;
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

function readClaims({ sub, sid, jti, roles, exp }: JwtPayload): Pick<Verified, 'actor' | 'expiresAt'> {
  const userId = Number(sub);
  const complete = Number.isSafeInteger(userId) && userId > 0 && typeof sid === 'string' && typeof jti === 'string';
  // jsonwebtoken accepts tokens that never expire.
  if (!complete || typeof exp !== 'number' || !isTexts(roles)) throw invalid();
  return { actor: { userId, roles, sessionId: sid }, expiresAt: exp };
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function expired(): DomainError {
  return new DomainError('auth.token_expired', 'The access token has expired.');
}

function invalid(): DomainError {
  return new DomainError('auth.invalid_token', 'The access token is not valid.');
}
