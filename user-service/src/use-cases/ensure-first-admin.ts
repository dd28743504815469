import { inTransaction } from '@sagacity/chassis/db/transaction';
import { isCommon } from '../domain/password-policy.ts';
import { normaliseEmail } from '../domain/user.ts';
import { findAccount, insertUserIfFree } from '../persistence/users.ts';
import type { UseCaseDeps } from './deps.ts';
import { appendUserEvent } from './user-events.ts';

export interface FirstAdmin {
  readonly email: string;
  readonly username: string;
  readonly password: string;
}

/**
 * Makes the admin that the environment names unless its email or username is taken: an account that exists keeps its password and
 * its role. Instances that start together make one.
 */
export async function ensureFirstAdmin(
  { db, hasher, logger }: Pick<UseCaseDeps, 'db' | 'hasher' | 'logger'>,
  admin: FirstAdmin,
): Promise<void> {
  const email = normaliseEmail(admin.email);
  const existing = (await findAccount(db, { email })) ?? (await findAccount(db, { username: admin.username }));
  if (existing) {
    if (existing.user.role !== 'admin') logger.warn('first admin is taken by a user', { user_id: existing.user.id });
    return;
  }
  if (isCommon(admin.password, admin)) logger.warn('first admin has a password that is easily guessed');
  const hashedPassword = await hasher.hash(admin.password);
  const { username } = admin;
  const names = { firstName: null, lastName: null, phone: null, address: null };
  const made = await inTransaction(db, async (trx) => {
    const user = await insertUserIfFree(trx, { ...names, email, username, hashedPassword, role: 'admin' });
    if (user) appendUserEvent(trx, 'user.created', user);
    return user;
  });
  if (made) logger.info('first admin made', { user_id: made.id });
}
