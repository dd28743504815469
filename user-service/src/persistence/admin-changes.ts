import type { Trx } from '@sagacity/chassis/db/database';
import type { FieldChange } from '../domain/profile-change.ts';

export interface AdminChange {
  readonly adminId: number;
  readonly userId: number;
  readonly requestId: string;
  readonly changes: readonly FieldChange[];
}

const columnOf: Readonly<Record<string, string>> = {
  firstName: 'first_name',
  lastName: 'last_name',
  isActive: 'is_active',
};

/** Records what an admin changed in somebody's account, one row a field. */
export async function insertAdminChanges(
  trx: Trx,
  { adminId, userId, requestId, changes }: AdminChange,
): Promise<void> {
  const text = (value: string | boolean | null) => (value === null ? null : String(value));
  await trx('admin_changes').insert(
    changes.map(({ field, from, to }) => ({
      admin_id: adminId,
      user_id: userId,
      request_id: requestId,
      field: columnOf[field] ?? field,
      old_value: text(from),
      new_value: text(to),
    })),
  );
}

/** Forgets the values in the trail of an erased user; that something was changed, by whom and when, stays. */
export async function eraseChangedValues(trx: Trx, userId: number): Promise<void> {
  await trx('admin_changes')
    .where('user_id', userId)
    .whereNotIn('field', ['role', 'is_active', 'erased'])
    .update({ old_value: null, new_value: null });
}
