import type { Db } from '@sagacity/chassis/db/database';
import type { DeadLetter } from '@sagacity/chassis/messaging/dead-letters';
import { saveDeadLetters } from '../persistence/dead-letters.ts';

/** Keeps letters for operators to find; the same letter twice is one. */
export function keepDeadLetters(db: Db, letters: readonly DeadLetter[]): Promise<void> {
  return saveDeadLetters(db, letters);
}
