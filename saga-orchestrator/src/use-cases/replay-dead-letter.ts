import type { Db } from '@sagacity/chassis/db/database';
import { DomainError } from '@sagacity/chassis/errors/domain-error';
import type { DeadLetters } from '@sagacity/chassis/messaging/dead-letters';
import { closeDeadLetter, findDeadLetter } from '../persistence/dead-letters.ts';

export interface ReplayInput {
  readonly id: number;
  readonly reason: string;
  /** Who orders it: `admin <user id>`. */
  readonly actor: string;
}

/**
 * Sends a dead letter back to its own queue, under its own message id: a consumer that did commit it does not do it again. It is noted as
 * replayed only once the queue has it; a crash in between leaves it open, and replaying it again is harmless. Throws
 * `dead_letter.not_found`, `dead_letter.not_open`, and `dead_letter.gone` when its dead-letter queue does not have it any more.
 */
export async function replayDeadLetter(
  { db, letters }: { readonly db: Db; readonly letters: DeadLetters },
  { id, reason, actor }: ReplayInput,
): Promise<void> {
  const letter = await findDeadLetter(db, id);
  if (!letter) throw new DomainError('dead_letter.not_found', `There is no dead letter ${id}.`);
  if (letter.state !== 'open') {
    const detail = `The letter is ${letter.state}; should it fail again it will be open again.`;
    throw new DomainError('dead_letter.not_open', detail, { extensions: { state: letter.state } });
  }
  const sent = await letters.replay(letter.queue, letter.message_id);
  await closeDeadLetter(db, letter, { state: sent ? 'replayed' : 'gone', actor, reason });
  if (!sent) {
    throw new DomainError('dead_letter.gone', `${letter.queue}.dlq has no message ${letter.message_id} any more.`);
  }
}
