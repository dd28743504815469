import type { CancelRequest } from './instance.ts';
import { change, type Turn, tell } from './turn.ts';

/*
 * What a request to cancel does, by the saga's state:
 *
 *   running, before the pivot   waits for what is in flight (answer or timeout), then everything is undone
 *   running, pivot in flight    the order's row decides: refused means back, done means forward
 *   running, after the pivot    goes forward to the end, then a linked saga undoes it
 *   completed                   a linked saga undoes it at once
 *   compensating, compensated   nothing more to do
 *   paused, needs_attention     noted, and done as above when the saga goes on
 */

/** Notes that the saga is to be cancelled. The first request counts, but the order's own outranks an operator's. */
export function requestCancel(turn: Turn, cancel: CancelRequest, messageId?: string): void {
  const facts = {
    ...(messageId === undefined ? {} : { messageId }),
    ...(cancel.actor === null ? {} : { actor: cancel.actor }),
    ...(cancel.reason === null ? {} : { reason: cancel.reason }),
  };
  const known = turn.saga.cancel;
  if (known && (known.by === cancel.by || known.by === 'order')) {
    tell(turn, 'cancel.repeated', facts);
    return;
  }
  tell(turn, 'cancel.requested', { ...facts, detail: { by: cancel.by, phase: turn.saga.phase } });
  change(turn, { cancel });
}

/** Asks for the saga that undoes a completed one, once. */
export function linkUndoing(turn: Turn): void {
  const { cancel, phase } = turn.saga;
  const { undoneBy } = turn.definition;
  if (phase !== 'completed' || cancel?.by !== 'order' || undoneBy === undefined) return;
  turn.linked.push({ type: undoneBy, reason: cancel.reason });
  tell(turn, 'saga.linked', { detail: { type: undoneBy } });
}
