import { DomainError } from '@sagacity/chassis/errors/domain-error';

export type Role = 'user' | 'admin';

/** An account as the service keeps it; the password's hash is looked up apart. */
export interface User {
  readonly id: number;
  readonly email: string;
  readonly username: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly phone: string | null;
  readonly address: string | null;
  readonly role: Role;
  readonly isActive: boolean;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Addresses that differ in case alone reach the same mailbox, so they are one account. */
export function normaliseEmail(email: string): string {
  return email.toLowerCase();
}

/** For users that do not exist, and exactly so for those that are somebody else. */
export function userNotFound(): DomainError {
  return new DomainError('user.not_found', 'There is no such user.');
}
