import { type Actor, mayAccess } from '@sagacity/chassis/auth/actor';
import type { Db } from '@sagacity/chassis/db/database';
import { type User, userNotFound } from '../domain/user.ts';
import { findAccountById } from '../persistence/users.ts';

/** The user if the actor may see it; throws `user.not_found` for others as for nobody. */
export async function readUser(db: Db, actor: Actor, id: number): Promise<User> {
  const account = mayAccess(actor, id) ? await findAccountById(db, id) : undefined;
  if (!account) throw userNotFound();
  return account.user;
}
