import type { Db } from '@sagacity/chassis/db/database';
import type { ListAnswer, ListQuery } from '@sagacity/chassis/lists/list-schemas';
import { listNewestFirst } from '@sagacity/chassis/lists/newest-first';
import type { UserAnswer } from '../contract/users.ts';
import type { Role } from '../domain/user.ts';
import { toUser, type UserRow, userColumns } from '../persistence/users.ts';
import { toUserAnswer } from './user-answer.ts';

export interface UsersQuery extends ListQuery {
  readonly role?: Role | undefined;
  readonly is_active?: boolean | undefined;
}

/** Accounts, the newest first, without the erased ones. */
export function listUsers(db: Db, query: UsersQuery): Promise<ListAnswer<UserAnswer>> {
  const rows = db('users').whereNull('erased_at');
  if (query.role !== undefined) rows.where('role', query.role);
  if (query.is_active !== undefined) rows.where('is_active', query.is_active);
  return listNewestFirst<UserRow, UserAnswer>(query, {
    rows,
    columns: userColumns,
    idColumn: 'id',
    idOf: ({ id }) => id,
    toItem: (row) => toUserAnswer(toUser(row)),
  });
}
