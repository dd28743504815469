import { type Attention, isActive, isBounded, isOver, isStuck, type SagaInstance } from './instance.ts';
import { change, type Turn, tell } from './turn.ts';

/** Raises attention for what a person must look at, and clears it when it is over. It never stops the retries. */
export function reviewAttention(turn: Turn): void {
  const now = attentionOf(turn.saga, turn.atMs, turn.definition.attentionAfterMs);
  const before = turn.saga.attention;
  if (now?.code === before?.code) return;
  if (now) tell(turn, 'attention.raised', { detail: { code: now.code } });
  else if (before) tell(turn, 'attention.cleared', { detail: { code: before.code } });
  change(turn, { attention: now });
}

function attentionOf(saga: SagaInstance, atMs: number, afterMs: number): Attention | null {
  if (isOver(saga)) return null;
  const records = Object.values(saga.steps);
  if (records.some(isStuck)) return { code: 'step.refused', sinceMs: atMs };
  const slow = records.some(
    (record) => isActive(record) && !isBounded(record) && atMs - record.firstSentAtMs >= afterMs,
  );
  return slow ? { code: 'step.slow', sinceMs: atMs } : null;
}
