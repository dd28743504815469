import type { Trx } from '@sagacity/chassis/db/database';
import { inTransaction } from '@sagacity/chassis/db/transaction';
import { DomainError } from '@sagacity/chassis/errors/domain-error';
import type { RefreshResult } from '../credentials/auth-metrics.ts';
import { hashRefreshToken } from '../credentials/refresh-token.ts';
import { decideRefresh, type RefreshDecision } from '../domain/refresh-decision.ts';
import { lockRefreshToken, markRotated, revokeSession } from '../persistence/sessions.ts';
import { lockAccountToRead } from '../persistence/users.ts';
import type { UseCaseDeps } from './deps.ts';
import { continueSession, type SessionTokens } from './open-session.ts';

interface Outcome {
  readonly decision: RefreshDecision;
  readonly tokens?: SessionTokens;
  readonly revoked?: readonly string[];
}

const results: Readonly<Record<RefreshDecision, RefreshResult>> = {
  rotate: 'rotated',
  grace: 'raced',
  reused: 'reused',
  refused: 'refused',
};

/** Changes a refresh token for a new pair. A token that comes again after its grace ends the whole session, whoever has the newer one. */
export async function refreshSession(deps: UseCaseDeps, refreshToken: string): Promise<SessionTokens> {
  const tokenHash = hashRefreshToken(refreshToken);
  // The revocation must be committed although the answer is a refusal, so the transaction returns what became of the token.
  const { decision, tokens, revoked = [] } = await inTransaction(deps.db, (trx) => useToken(trx, deps, tokenHash));
  deps.metrics.refreshes.inc({ result: results[decision] });
  if (decision === 'reused') deps.logger.warn('refresh token used twice, session ended', { session_ids: revoked });
  await deps.announcer.announce(revoked);
  if (!tokens) throw new DomainError('auth.invalid_refresh_token', 'The refresh token is not valid; log in again.');
  return tokens;
}

async function useToken(trx: Trx, deps: UseCaseDeps, tokenHash: Buffer): Promise<Outcome> {
  const found = await lockRefreshToken(trx, tokenHash);
  const decision = decideRefresh(found?.token, found?.now ?? new Date(0));
  if (!found || decision === 'refused') return { decision: 'refused' };
  const { sid, userId } = found.token;
  if (decision === 'reused') return { decision, revoked: await revokeSession(trx, sid, 'refresh_reuse') };
  const account = await lockAccountToRead(trx, userId);
  if (!account?.user.isActive) return { decision: 'refused' };
  if (decision === 'rotate') await markRotated(trx, tokenHash);
  return { decision, tokens: await continueSession(trx, deps, { user: account.user, sid }) };
}
