import type { Trx } from '@sagacity/chassis/db/database';

/** What an operator did to a saga. */
export interface AdminAction {
  readonly saga_id: string;
  readonly action: string;
  readonly actor: string;
  readonly reason: string;
  readonly request: object;
  readonly expected_version: number;
  readonly resulting_version: number;
  readonly request_id: string;
}

export async function insertAdminAction(trx: Trx, action: AdminAction): Promise<void> {
  await trx('admin_actions').insert({ ...action, request: JSON.stringify(action.request) });
}
