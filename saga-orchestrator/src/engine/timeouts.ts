import { send } from './commands.ts';
import { type AnyStep, findStep } from './definition.ts';
import { mustGoBack } from './forward.ts';
import { isBounded, type StepRecord } from './instance.ts';
import { overdueAfterMs } from './patience.ts';
import { giveUp } from './pivot.ts';
import { activeRecords, type Turn, tell } from './turn.ts';

/** Acts on every record whose moment has come; a timer that fires too early does nothing. */
export function applyTimer(turn: Turn): void {
  for (const record of activeRecords(turn)) {
    if (record.wakeAtMs === null || record.wakeAtMs > turn.atMs) continue;
    const step = findStep(turn.definition, record.step);
    if (!step) continue;
    if (record.state === 'retry_wait') send(turn, step, record.direction, { cause: 'retry' });
    else answerIsOverdue(turn, step, record, turn.atMs - record.wakeAtMs);
  }
}

/**
 * A timeout is not a failure. The same command is sent again, as a probe: a participant that did the work repeats its answer.
 * Only when the attempts are spent, or the saga goes back anyway, is the step taken for unknown. A timer that fires long after
 * its moment proves that nobody was there to take in the answers that may be waiting: it probes, and that attempt does not count.
 */
function answerIsOverdue(turn: Turn, step: AnyStep, record: StepRecord, lateMs: number): void {
  const { direction, attempt } = record;
  tell(turn, 'deadline.passed', { step: step.name, direction, attempt, detail: { late_ms: lateMs } });
  const spend = lateMs <= overdueAfterMs;
  const spent = mustGoBack(turn.saga) || (spend && record.spent >= step.attempts);
  if (isBounded(record) && spent) giveUp(turn, record);
  else send(turn, step, direction, { cause: 'probe', spend });
}
