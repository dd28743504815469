import type { Db, Trx } from '@sagacity/chassis/db/database';
import { violatedConstraint } from '@sagacity/chassis/db/transaction';
import { DomainError } from '@sagacity/chassis/errors/domain-error';
import { type Role, type User, userNotFound } from '../domain/user.ts';

export interface UserRow {
  readonly id: number;
  readonly email: string;
  readonly username: string;
  readonly first_name: string | null;
  readonly last_name: string | null;
  readonly phone: string | null;
  readonly address: string | null;
  readonly role: Role;
  readonly is_active: boolean;
  readonly version: number;
  readonly created_at: Date;
  readonly updated_at: Date;
}

interface AccountRow extends UserRow {
  readonly hashed_password: string;
}

export interface NewUser {
  readonly email: string;
  readonly username: string;
  readonly hashedPassword: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly phone: string | null;
  readonly address: string | null;
  readonly role: Role;
}

/** What a login is held against. */
export interface Account {
  readonly user: User;
  readonly hashedPassword: string;
}

export const userColumns = [
  'id',
  'email',
  'username',
  'first_name',
  'last_name',
  'phone',
  'address',
  'role',
  'is_active',
  'version',
  'created_at',
  'updated_at',
] as const;

const takenCodes: Readonly<Record<string, readonly [code: string, detail: string]>> = {
  users_email_key: ['user.email_taken', 'There is an account with this email.'],
  users_username_key: ['user.username_taken', 'There is an account with this username.'],
  users_username_any_case: ['user.username_taken', 'There is an account with this username.'],
};

/** Inserts an account; throws `user.email_taken` or `user.username_taken`, whoever was first. */
export async function insertUser(trx: Trx, user: NewUser): Promise<User> {
  const rows: UserRow[] = await refusingTaken(trx('users').insert(toColumns(user)).returning(userColumns));
  return toUser(rows[0] as UserRow);
}

/** Inserts an account unless its email or username is taken; undefined when it is. */
export async function insertUserIfFree(trx: Trx, user: NewUser): Promise<User | undefined> {
  const inserted = trx('users').insert(toColumns(user)).onConflict().ignore();
  const rows: UserRow[] = await inserted.returning([...userColumns]);
  return rows[0] && toUser(rows[0]);
}

export async function findAccount(
  db: Db,
  key: { readonly email: string } | { readonly username: string },
): Promise<Account | undefined> {
  const accounts = selectAccounts(db);
  const row = await ('email' in key
    ? accounts.where('email', key.email).first()
    : accounts.whereRaw('lower(username) = lower(?)', [key.username]).first());
  return row && toAccount(row);
}

export async function findAccountById(db: Db, id: number): Promise<Account | undefined> {
  const row = await selectAccounts(db).where('id', id).whereNull('erased_at').first();
  return row && toAccount(row);
}

/** The account under a share lock: while the transaction runs, nobody deactivates it or changes its password. */
export async function lockAccountToRead(trx: Trx, id: number): Promise<Account | undefined> {
  const row = await selectAccounts(trx).where('id', id).forShare().first();
  return row && toAccount(row);
}

/** The user under a row lock; throws `user.not_found` when there is none or when it was erased. */
export async function lockUser(trx: Trx, id: number): Promise<User> {
  const row = await trx<UserRow>('users')
    .select(...userColumns)
    .where('id', id)
    .whereNull('erased_at')
    .forUpdate()
    .first();
  if (!row) throw userNotFound();
  return toUser(row);
}

/** Locks all active admins, in the order of their ids, and returns these. */
export async function lockActiveAdmins(trx: Trx): Promise<number[]> {
  const admins = trx<UserRow>('users').where({ role: 'admin', is_active: true });
  const rows = await admins.select('id').orderBy('id').forUpdate();
  return rows.map(({ id }) => id);
}

/** Writes profile, role and activity, and returns them with the time of the change; throws as insertUser does. */
export async function saveUser(trx: Trx, user: User): Promise<User> {
  const changed = trx('users')
    .where('id', user.id)
    .update({
      email: user.email,
      username: user.username,
      first_name: user.firstName,
      last_name: user.lastName,
      phone: user.phone,
      address: user.address,
      role: user.role,
      is_active: user.isActive,
      version: user.version,
      updated_at: trx.fn.now(),
    })
    .returning(userColumns);
  const rows: UserRow[] = await refusingTaken(changed);
  return toUser(rows[0] as UserRow);
}

/** Replaces the hash only if it is still the one given; false when it is not. */
export async function replacePassword(trx: Trx, id: number, from: string, to: string): Promise<boolean> {
  const changed = await trx('users').where({ id, hashed_password: from }).update({ hashed_password: to });
  return changed === 1;
}

/** Forgets who the user was; the row stays, since orders and admin changes name its id. */
export async function eraseUser(trx: Trx, user: User): Promise<User> {
  const rows: UserRow[] = await trx('users')
    .where('id', user.id)
    .update({
      email: `erased-${user.id}@erased.invalid`,
      username: `erased-${user.id}`,
      // No text hashes to this, so that nobody can log in.
      hashed_password: '!',
      first_name: null,
      last_name: null,
      phone: null,
      address: null,
      is_active: false,
      version: user.version + 1,
      updated_at: trx.fn.now(),
      erased_at: trx.fn.now(),
    })
    .returning(userColumns);
  return toUser(rows[0] as UserRow);
}

export function toUser(row: UserRow): User {
  return {
    id: row.id,
    email: row.email,
    username: row.username,
    firstName: row.first_name,
    lastName: row.last_name,
    phone: row.phone,
    address: row.address,
    role: row.role,
    isActive: row.is_active,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function selectAccounts(db: Db) {
  return db<AccountRow>('users').select(...userColumns, 'hashed_password');
}

function toAccount(row: AccountRow): Account {
  return { user: toUser(row), hashedPassword: row.hashed_password };
}

function toColumns(user: NewUser) {
  return {
    email: user.email,
    username: user.username,
    hashed_password: user.hashedPassword,
    first_name: user.firstName,
    last_name: user.lastName,
    phone: user.phone,
    address: user.address,
    role: user.role,
  };
}

async function refusingTaken<T>(write: PromiseLike<T>): Promise<T> {
  try {
    return await write;
  } catch (error) {
    const taken = takenCodes[violatedConstraint(error)];
    if (taken) throw new DomainError(taken[0], taken[1], { cause: error });
    throw error;
  }
}
