import { createHash, randomBytes } from 'node:crypto';

/** A new refresh token of 256 random bits; only its hash is kept. */
export function newRefreshToken(): string {
  return randomBytes(32).toString('base64url');
}

/** The SHA-256 under which a refresh token is stored: it is random, so it needs no slow hash. */
export function hashRefreshToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
