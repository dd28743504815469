import { type Actor, isAdmin, mayAccess } from '@sagacity/chassis/auth/actor';
import type { Trx } from '@sagacity/chassis/db/database';
import { inTransaction } from '@sagacity/chassis/db/transaction';
import { DomainError } from '@sagacity/chassis/errors/domain-error';
import { changeProfile, type ProfileChange, type ProfileDecision } from '../domain/profile-change.ts';
import { type User, userNotFound } from '../domain/user.ts';
import { insertAdminChanges } from '../persistence/admin-changes.ts';
import { revokeSessionsOf } from '../persistence/sessions.ts';
import { lockActiveAdmins, lockUser, saveUser } from '../persistence/users.ts';
import type { RequestOrigin, UseCaseDeps } from './deps.ts';
import { appendUserEvent } from './user-events.ts';

export interface ChangeUserInput {
  readonly actor: Actor;
  readonly userId: number;
  readonly change: ProfileChange;
  /** Throws for a version that the caller has not seen. */
  readonly assertExpected: (version: number) => void;
  readonly origin: RequestOrigin;
}

/** Changes a profile; what an admin changes for others is recorded, and a change of role or activity ends the user's sessions. */
export async function changeUser(deps: UseCaseDeps, input: ChangeUserInput): Promise<User> {
  const { actor, userId, change, assertExpected, origin } = input;
  if (!mayAccess(actor, userId)) throw userNotFound();
  const { user, revoked } = await inTransaction(deps.db, async (trx) => {
    const before = await lockUserAndAdmins(trx, userId, change);
    assertExpected(before.user.version);
    const decision = changeProfile(before.user, change, { byAdmin: isAdmin(actor) });
    if (decision.losesAdmin) assertAnotherAdmin(before.adminIds, userId);
    return decision.changes.length === 0 ? { user: before.user, revoked: [] } : save(trx, decision, actor, origin);
  });
  await deps.announcer.announce(revoked);
  return user;
}

async function save(trx: Trx, { user, changes, endSessions }: ProfileDecision, actor: Actor, origin: RequestOrigin) {
  const saved = await saveUser(trx, user);
  const revoked = endSessions === undefined ? [] : await revokeSessionsOf(trx, user.id, endSessions);
  if (isAdmin(actor)) {
    await insertAdminChanges(trx, { adminId: actor.userId, userId: user.id, requestId: origin.requestId, changes });
  }
  appendUserEvent(trx, 'user.updated', saved, origin);
  return { user: saved, revoked };
}

/** The admins are locked first and in the order of their ids, so that two who demote each other meet in a queue and not in a deadlock. */
async function lockUserAndAdmins(trx: Trx, userId: number, change: ProfileChange) {
  const mayLoseAdmin = change.role !== undefined || change.isActive !== undefined;
  const adminIds = mayLoseAdmin ? await lockActiveAdmins(trx) : [];
  return { adminIds, user: await lockUser(trx, userId) };
}

export function assertAnotherAdmin(adminIds: readonly number[], userId: number): void {
  if (adminIds.some((id) => id !== userId)) return;
  throw new DomainError('user.last_admin', 'This is the last active admin; make another one first.');
}
