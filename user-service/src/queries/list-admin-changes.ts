import type { Db } from '@sagacity/chassis/db/database';
import type { ListAnswer, ListQuery } from '@sagacity/chassis/lists/list-schemas';
import { listNewestFirst } from '@sagacity/chassis/lists/newest-first';
import type { Static } from '@sagacity/chassis/schema/json-schema';
import type { adminChange } from '../contract/users.ts';

type AdminChange = Static<typeof adminChange>;
type ChangeRow = Omit<AdminChange, 'changed_at'> & { readonly changed_at: Date };

const columns = ['id', 'admin_id', 'field', 'old_value', 'new_value', 'request_id', 'changed_at'] as const;

/** What admins changed in a user's account, the latest first. */
export function listAdminChanges(db: Db, userId: number, query: ListQuery): Promise<ListAnswer<AdminChange>> {
  return listNewestFirst<ChangeRow, AdminChange>(query, {
    rows: db('admin_changes').where('user_id', userId),
    columns,
    idColumn: 'id',
    idOf: ({ id }) => id,
    toItem: (row) => ({ ...row, changed_at: row.changed_at.toISOString() }),
  });
}
