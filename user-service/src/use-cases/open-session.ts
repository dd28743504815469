import { randomUUID } from 'node:crypto';
import type { Trx } from '@sagacity/chassis/db/database';
import { hashRefreshToken, newRefreshToken } from '../credentials/refresh-token.ts';
import type { User } from '../domain/user.ts';
import { insertRefreshToken, insertSession } from '../persistence/sessions.ts';
import type { UseCaseDeps } from './deps.ts';

/** A pair of tokens of one session, and whose it is. */
export interface SessionTokens {
  readonly user: User;
  readonly accessToken: string;
  readonly refreshToken: string;
}

type Issuing = Pick<UseCaseDeps, 'issueAccessToken'>;

/** Opens a session for a user; the tokens are good once the transaction is committed. */
export async function openSession(trx: Trx, deps: Issuing, user: User): Promise<SessionTokens> {
  // Not a uuid 7: a session's id must not tell when others logged in.
  const sid = randomUUID();
  await insertSession(trx, { sid, userId: user.id });
  return continueSession(trx, deps, { user, sid });
}

/** Issues the next pair of tokens of a session. */
export async function continueSession(
  trx: Trx,
  { issueAccessToken }: Issuing,
  { user, sid }: { readonly user: User; readonly sid: string },
): Promise<SessionTokens> {
  const refreshToken = newRefreshToken();
  await insertRefreshToken(trx, sid, hashRefreshToken(refreshToken));
  return { user, refreshToken, accessToken: issueAccessToken({ userId: user.id, sid, role: user.role }) };
}
