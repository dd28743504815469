import { inTransaction } from '@sagacity/chassis/db/transaction';
import type { Registration } from '../contract/auth.ts';
import { assertUncommon } from '../domain/password-policy.ts';
import { normaliseEmail, type User } from '../domain/user.ts';
import { insertUser } from '../persistence/users.ts';
import type { RequestOrigin, UseCaseDeps } from './deps.ts';
import { appendUserEvent } from './user-events.ts';

/** Makes an account; of any number of registrations with one email or username a single one succeeds. */
export async function registerUser(
  { db, hasher }: Pick<UseCaseDeps, 'db' | 'hasher'>,
  input: Registration,
  origin: RequestOrigin,
): Promise<User> {
  assertUncommon(input.password, input);
  const hashedPassword = await hasher.hash(input.password);
  return inTransaction(db, async (trx) => {
    const user = await insertUser(trx, {
      email: normaliseEmail(input.email),
      username: input.username,
      hashedPassword,
      firstName: input.first_name ?? null,
      lastName: input.last_name ?? null,
      phone: input.phone ?? null,
      address: input.address ?? null,
      role: 'user',
    });
    appendUserEvent(trx, 'user.created', user, origin);
    return user;
  });
}
