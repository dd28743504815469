import type { Actor } from '@sagacity/chassis/auth/actor';
import { inTransaction } from '@sagacity/chassis/db/transaction';
import { revokeSession } from '../persistence/sessions.ts';
import type { UseCaseDeps } from './deps.ts';

/** Ends the session of the token that was sent: its access and refresh tokens are refused from now on. */
export async function logOut({ db, announcer }: UseCaseDeps, actor: Actor): Promise<void> {
  const revoked = await inTransaction(db, (trx) => revokeSession(trx, actor.sessionId, 'logout'));
  await announcer.announce(revoked);
}
