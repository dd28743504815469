import type { Trx } from '@sagacity/chassis/db/database';
import { inTransaction } from '@sagacity/chassis/db/transaction';
import { DomainError } from '@sagacity/chassis/errors/domain-error';
import type { Login } from '../contract/auth.ts';
import { normaliseEmail } from '../domain/user.ts';
import { type Account, findAccount, lockAccountToRead, replacePassword } from '../persistence/users.ts';
import type { UseCaseDeps } from './deps.ts';
import { openSession, type SessionTokens } from './open-session.ts';

/**
 * Opens a session for email or username and password. An unknown account, a wrong password and an account that is not active
 * get the same answer, `auth.invalid_credentials`, after the same work: one verification of a hash.
 */
export async function logIn(deps: UseCaseDeps, input: Login): Promise<SessionTokens> {
  const key = accountKey(input);
  await deps.loginPace.admit(key);
  const account = await findAccount(deps.db, key);
  const matches = await deps.hasher.verify(account?.hashedPassword, input.password);
  if (!account || !matches || !account.user.isActive) return refuse(deps, account);
  const rehashed = deps.hasher.isOutdated(account.hashedPassword) ? await deps.hasher.hash(input.password) : undefined;
  const tokens = await inTransaction(deps.db, async (trx) => {
    if (!(await isUnchanged(trx, account))) return undefined;
    if (rehashed !== undefined) await replacePassword(trx, account.user.id, account.hashedPassword, rehashed);
    return openSession(trx, deps, account.user);
  });
  if (!tokens) return refuse(deps, account);
  await deps.loginPace.forget(key);
  deps.metrics.logins.inc({ result: 'succeeded' });
  return tokens;
}

function accountKey({ email, username }: Login): { email: string } | { username: string } {
  return email === undefined ? { username: username ?? '' } : { email: normaliseEmail(email) };
}

/** Between verification and session the account may have been deactivated, or its password or role changed. */
async function isUnchanged(trx: Trx, { user, hashedPassword }: Account): Promise<boolean> {
  const now = await lockAccountToRead(trx, user.id);
  return now?.user.isActive === true && now.user.role === user.role && now.hashedPassword === hashedPassword;
}

function refuse({ metrics, logger }: UseCaseDeps, account: Account | undefined): never {
  metrics.logins.inc({ result: 'refused' });
  logger.info('login refused', { user_id: account?.user.id });
  throw new DomainError('auth.invalid_credentials', 'Email, username or password are wrong.');
}
