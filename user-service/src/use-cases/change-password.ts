import type { Actor } from '@sagacity/chassis/auth/actor';
import { inTransaction } from '@sagacity/chassis/db/transaction';
import { DomainError } from '@sagacity/chassis/errors/domain-error';
import { assertUncommon } from '../domain/password-policy.ts';
import { userNotFound } from '../domain/user.ts';
import { revokeSessionsOf } from '../persistence/sessions.ts';
import { findAccountById, replacePassword } from '../persistence/users.ts';
import type { UseCaseDeps } from './deps.ts';

export interface ChangePasswordInput {
  readonly actor: Actor;
  readonly userId: number;
  readonly currentPassword: string;
  readonly newPassword: string;
}

/** Replaces the own password and ends all sessions of the account, this one too. No event: nothing changed that others may know. */
export async function changePassword(deps: UseCaseDeps, input: ChangePasswordInput): Promise<void> {
  const { db, hasher, loginPace } = deps;
  // Not even an admin sets somebody's password: it would be known to two.
  const account = input.actor.userId === input.userId ? await findAccountById(db, input.userId) : undefined;
  if (!account) throw userNotFound();
  const { user, hashedPassword } = account;
  await loginPace.admit({ email: user.email });
  if (!(await hasher.verify(hashedPassword, input.currentPassword))) throw wrongPassword();
  assertUncommon(input.newPassword, user, '/new_password');
  const hashed = await hasher.hash(input.newPassword);
  const revoked = await inTransaction(db, async (trx) => {
    if (!(await replacePassword(trx, user.id, hashedPassword, hashed))) throw wrongPassword();
    return revokeSessionsOf(trx, user.id, 'password_change');
  });
  await loginPace.forget({ email: user.email });
  await deps.announcer.announce(revoked);
}

function wrongPassword(): DomainError {
  return new DomainError('user.wrong_password', 'The current password is wrong.', {
    errors: [{ pointer: '/current_password', code: 'wrong', detail: 'is wrong' }],
  });
}
