import { uuid7 } from '@sagacity/chassis/ids/uuid7';
import jwt from 'jsonwebtoken';
import type { Role } from '../domain/user.ts';
import type { SigningKey } from './key-ring.ts';

/** Access tokens end by themselves after this time; revocations are kept a minute longer, which covers the clocks' tolerance. */
export const accessTokenSeconds = 600;

export interface AccessTokenClaims {
  readonly userId: number;
  readonly sid: string;
  readonly role: Role;
}

/** Issues a signed access token (RFC 9068) that is good for 10 minutes. */
export type AccessTokenIssuer = (claims: AccessTokenClaims) => string;

export function createAccessTokenIssuer(options: {
  readonly signingKey: () => SigningKey;
  readonly issuer: string;
  readonly audience: string;
}): AccessTokenIssuer {
  return ({ userId, sid, role }) => {
    const { kid, privateKey } = options.signingKey();
    return jwt.sign({ sid, roles: [role] }, privateKey, {
      algorithm: 'RS256',
      header: { alg: 'RS256', typ: 'at+jwt', kid },
      issuer: options.issuer,
      audience: options.audience,
      subject: String(userId),
      jwtid: uuid7(),
      expiresIn: accessTokenSeconds,
    });
  };
}
