import type { Trx } from '@sagacity/chassis/db/database';

/** A message that could not be used, kept for a person to look at. */
export interface DeadLetter {
  readonly message_id: string;
  readonly queue: string;
  readonly type: string;
  readonly saga_id: string | null;
  readonly reason_code: string;
  readonly reason_detail: string | null;
  readonly payload: unknown;
}

export async function insertDeadLetter(trx: Trx, letter: DeadLetter): Promise<void> {
  await trx('dead_letters')
    .insert({ ...letter, payload: JSON.stringify(letter.payload) })
    .onConflict(['message_id', 'queue'])
    .ignore();
}
