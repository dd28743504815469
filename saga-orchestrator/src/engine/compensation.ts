import { send } from './commands.ts';
import { type AnyStep, stepsOf } from './definition.ts';
import { isDone } from './instance.ts';
import { change, recordOf, settle, type Turn } from './turn.ts';

/** Turns the saga round; it must not have passed its pivot. */
export function startCompensation(turn: Turn): void {
  if (turn.saga.pivotPassed) throw new Error(`saga ${turn.saga.id} has passed its pivot and cannot go back`);
  change(turn, { phase: 'compensating' });
  goBack(turn);
}

/** Undoes the last step that is not undone yet; the next one only when this one is acknowledged. Step zero comes last. */
export function goBack(turn: Turn): void {
  for (const step of backwards(turn)) {
    if (!mayHaveHappened(turn, step)) continue;
    const undoing = recordOf(turn, step, 'compensate');
    if (isDone(undoing)) continue;
    if (!undoing) send(turn, step, 'compensate');
    return;
  }
  change(turn, { phase: 'compensated' });
}

/** What stands is undone, and so is what is unknown. A refusal is the only proof that nothing happened. */
function mayHaveHappened(turn: Turn, step: AnyStep): boolean {
  if (!step.compensate) return false;
  if (step === turn.definition.origin) return true;
  const record = recordOf(turn, step, 'forward');
  return record !== undefined && record.state !== 'refused';
}

/** Marks a step as undone when its compensation is acknowledged. */
export function markCompensated(turn: Turn, name: string): void {
  const record = turn.saga.steps[`${name}:forward`];
  if (record) settle(turn, record, { state: 'compensated', settledAtMs: record.settledAtMs });
}

function backwards(turn: Turn): readonly AnyStep[] {
  const { origin } = turn.definition;
  return [...stepsOf(turn.definition).toReversed(), ...(origin ? [origin] : [])];
}
