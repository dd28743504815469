import { type Actor, isAdmin, mayAccess } from '@sagacity/chassis/auth/actor';
import { inTransaction } from '@sagacity/chassis/db/transaction';
import { isActiveAdmin } from '../domain/profile-change.ts';
import { userNotFound } from '../domain/user.ts';
import { eraseChangedValues, insertAdminChanges } from '../persistence/admin-changes.ts';
import { revokeSessionsOf } from '../persistence/sessions.ts';
import { eraseUser as eraseUserRow, lockActiveAdmins, lockUser } from '../persistence/users.ts';
import { assertAnotherAdmin } from './change-user.ts';
import type { RequestOrigin, UseCaseDeps } from './deps.ts';
import { appendUserErased } from './user-events.ts';

export interface EraseUserInput {
  readonly actor: Actor;
  readonly userId: number;
  readonly origin: RequestOrigin;
}

/** Forgets a person for good: the profile is made anonymous, all sessions end, orders stay; the others learn it by `user.erased`. */
export async function eraseUser({ db, announcer }: UseCaseDeps, input: EraseUserInput): Promise<void> {
  const { actor, userId, origin } = input;
  if (!mayAccess(actor, userId)) throw userNotFound();
  const revoked = await inTransaction(db, async (trx) => {
    const adminIds = await lockActiveAdmins(trx);
    const user = await lockUser(trx, userId);
    if (isActiveAdmin(user)) assertAnotherAdmin(adminIds, userId);
    const erased = await eraseUserRow(trx, user);
    await eraseChangedValues(trx, userId);
    if (isAdmin(actor)) {
      const changes = [{ field: 'erased' as const, from: false, to: true }];
      await insertAdminChanges(trx, { adminId: actor.userId, userId, requestId: origin.requestId, changes });
    }
    appendUserErased(trx, erased, origin);
    return revokeSessionsOf(trx, userId, 'erasure');
  });
  await announcer.announce(revoked);
}
