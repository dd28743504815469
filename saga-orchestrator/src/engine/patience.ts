import type { AnyStep } from './definition.ts';
import type { SagaInstance, StepRecord } from './instance.ts';

const firstRetryMs = 250;
const longestWaitMs = 60_000;
const longestRetryAfterMs = 600_000;

/** A timer that fires later than this after its moment tells that nobody was there to fire it. */
export const overdueAfterMs = 5_000;

/**
 * How long to wait for the answer to an attempt: the step's timeout, doubled with each attempt, at most a minute unless the timeout is
 * longer. Participants that are only slow are asked less and less often: probes must not add to what makes them slow.
 */
export function answerWaitMs(step: AnyStep, attempt: number): number {
  return Math.max(step.timeoutMs, Math.min(longestWaitMs, step.timeoutMs * 2 ** Math.min(attempt - 1, 16)));
}

/** How long to wait before asking again after a transient answer: doubled with each attempt, at most a minute, but never less than the participant asked for. */
export function retryWaitMs(saga: SagaInstance, record: StepRecord, retryAfterMs: number | null): number {
  const ceilingMs = Math.min(longestWaitMs, firstRetryMs * 2 ** Math.min(record.attempt - 1, 16));
  const jittered = ceilingMs / 2 + (ceilingMs / 2) * spread(`${saga.id}:${record.step}:${record.attempt}`);
  return Math.round(Math.max(jittered, Math.min(retryAfterMs ?? 0, longestRetryAfterMs)));
}

/** A number from 0 to 1 that differs between sagas, so that they do not all come back at once, and is the same at each replay (FNV-1a). */
function spread(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0) / 0xffffffff;
}
