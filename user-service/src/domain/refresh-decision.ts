/** A refresh token as it was found, with the session (its family) that it belongs to. */
export interface KnownRefreshToken {
  readonly expiresAt: Date;
  readonly rotatedAt: Date | undefined;
  readonly sessionExpiresAt: Date;
  readonly sessionRevoked: boolean;
}

/**
 * What becomes of a refresh token that somebody presents:
 * `rotate` (first use), `grace` (used again so soon that it is a second tab or a lost answer: a pair of its own),
 * `reused` (somebody else has used it: the family ends), `refused`.
 */
export type RefreshDecision = 'rotate' | 'grace' | 'reused' | 'refused';

export const graceMs = 10_000;

export function decideRefresh(token: KnownRefreshToken | undefined, now: Date): RefreshDecision {
  if (token === undefined || token.sessionRevoked || token.sessionExpiresAt <= now) return 'refused';
  if (token.rotatedAt !== undefined) {
    return now.getTime() - token.rotatedAt.getTime() <= graceMs ? 'grace' : 'reused';
  }
  return token.expiresAt <= now ? 'refused' : 'rotate';
}
