import { DomainError } from '@sagacity/chassis/errors/domain-error';
import { commonPasswords } from './common-passwords.ts';

interface Names {
  readonly email: string;
  readonly username: string;
}

/** True for a password that an attacker tries first: one of the commonest, one made of the account's own names, one character repeated. */
export function isCommon(password: string, account: Names): boolean {
  const lower = password.toLowerCase();
  const own = [account.email, account.email.split('@')[0], account.username].map((name) => name?.toLowerCase());
  return commonPasswords.has(lower) || own.includes(lower) || new Set(lower).size === 1;
}

/** Throws `user.password_too_common` for a password that is; the pointer names the field it came in. */
export function assertUncommon(password: string, account: Names, pointer = '/password'): void {
  if (!isCommon(password, account)) return;
  throw new DomainError('user.password_too_common', 'This password is among the first that are guessed.', {
    errors: [{ pointer, code: 'too_common', detail: 'is too easily guessed' }],
  });
}
