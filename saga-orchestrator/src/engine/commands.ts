import type { AnyStep, Direction, Ending } from './definition.ts';
import { isBounded, type SagaInstance, type StepRecord } from './instance.ts';
import { answerWaitMs } from './patience.ts';
import { put, recordOf, type Turn, tell } from './turn.ts';

interface Sending {
  /** Why it is sent again, for the timeline. */
  readonly cause?: 'probe' | 'retry' | 'operator';
  /** False when the attempt does not count against the step's limit. */
  readonly spend?: boolean;
}

/** Sends the next attempt of a step's direction, with the same idempotency key as the attempts before. */
export function send(turn: Turn, step: AnyStep, direction: Direction, { cause, spend = true }: Sending = {}): void {
  const spec = step[direction];
  if (!spec) throw new Error(`${turn.saga.type}: ${step.name} has no ${direction} command`);
  const previous = recordOf(turn, step, direction);
  const record = nextRecord(turn, step, direction, { previous, spend });
  put(turn, record);
  turn.commands.push({
    step: step.name,
    direction,
    attempt: record.attempt,
    type: spec.type,
    idempotencyKey: `${turn.saga.id}:${step.name}:${direction}`,
    deadlineAtMs: deadlineMs(turn, step, record),
    data: spec.data(turn.saga.data as never, endingOf(turn.saga)),
  });
  const { attempt } = record;
  const detail = { type: spec.type, ...(cause === undefined ? {} : { cause }) };
  tell(turn, 'command.sent', { step: step.name, direction, attempt, detail });
}

/** How the saga ends if it goes back: a cancellation outranks the failure that may have come before it. */
export function endingOf({ cancel, failure }: SagaInstance): Ending {
  if (cancel) return { status: 'cancelled', reason: cancel.reason ?? 'order.cancel_requested' };
  return { status: 'rejected', reason: failure?.code ?? 'saga.compensated' };
}

function nextRecord(
  turn: Turn,
  step: AnyStep,
  direction: Direction,
  { previous, spend }: { previous: StepRecord | undefined; spend: boolean },
): StepRecord {
  const attempt = (previous?.attempt ?? 0) + 1;
  const spent = (previous?.spent ?? 0) + (spend ? 1 : 0);
  const waitMs = answerWaitMs(step, isBounded({ kind: step.kind, direction }) ? spent : attempt);
  return {
    step: step.name,
    direction,
    kind: step.kind,
    state: 'in_flight',
    attempt,
    spent,
    firstSentAtMs: previous?.firstSentAtMs ?? turn.atMs,
    lastSentAtMs: turn.atMs,
    wakeAtMs: turn.atMs + waitMs,
    settledAtMs: null,
    outcome: previous?.outcome ?? null,
    error: previous?.error ?? null,
  };
}

/** The moment at which the step would be given up, so that a participant which is only slow may still do it. */
function deadlineMs(turn: Turn, step: AnyStep, record: StepRecord): number | null {
  if (!isBounded(record)) return null;
  let waitMs = answerWaitMs(step, record.spent);
  for (let attempt = record.spent + 1; attempt <= step.attempts; attempt += 1) waitMs += answerWaitMs(step, attempt);
  return turn.atMs + waitMs;
}
