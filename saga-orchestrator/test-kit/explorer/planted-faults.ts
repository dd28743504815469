import { advance } from '../../src/engine/advance.ts';
import type { SagaInput } from '../../src/engine/input.ts';
import { findRecord, isActive, type SagaInstance, type StepRecord } from '../../src/engine/instance.ts';
import type { Advance } from '../../src/engine/output.ts';

type Engine = typeof advance;

/** Takes a charge that was not answered in time for one that was declined. */
export const timeoutIsDecline: Engine = (definition, saga, input) =>
  advance(definition, saga, dueRecord(saga, input)?.step === 'charge-payment' ? refusal('charge-payment') : input);

/** Applies a reply to whatever the saga waits for, without looking at the step it is for. */
export const repliesUnmatched: Engine = (definition, saga, input) => {
  const awaited = Object.values(saga.steps).find(isActive);
  if (input.kind !== 'reply' || !awaited) return advance(definition, saga, input);
  const { step, direction, attempt } = awaited;
  return advance(definition, saga, { ...input, reply: { ...input.reply, step, direction, attempt } });
};

/** Goes back when a step after the pivot is not answered in time. */
export const backAfterPivot: Engine = (definition, saga, input) => {
  const due = dueRecord(saga, input);
  if (due?.kind !== 'retriable' || saga.type !== 'place-order') return advance(definition, saga, input);
  return advance(definition, { ...saga, pivotPassed: false, phase: 'compensating' }, { kind: 'start', atMs: 0 });
};

/** Goes back when the pivot is not answered in time. */
export const pivotTimeoutGoesBack: Engine = (definition, saga, input) =>
  advance(definition, saga, dueRecord(saga, input)?.kind === 'pivot' ? refusal('confirm-order') : input);

/** Leaves out of the compensation what was not answered. */
export const unknownIsNotUndone: Engine = (definition, saga, input) => {
  const result = advance(definition, saga, input);
  const unknown = Object.values(result.instance.steps).find(
    ({ state, kind }) => state === 'unknown' && kind === 'compensatable',
  );
  if (!unknown || findRecord(saga, unknown.step, 'forward')?.state === 'unknown') return result;
  return advance(definition, saga, refusal(unknown.step));
};

/** Undoes the next step without waiting for the acknowledgement of the one before. */
export const compensationUnacknowledged: Engine = (definition, saga, input) => {
  const first = advance(definition, saga, input);
  const sent = first.commands.find(({ direction }) => direction === 'compensate');
  if (!sent) return first;
  const { step, direction, attempt } = sent;
  const done = { ...refusal(step), reply: { ...refusal(step).reply, direction, attempt, outcome: 'done' } } as const;
  return joined(first, advance(definition, first.instance, done));
};

/** Forgets a request to cancel that came after the pivot. */
export const lateCancelForgotten: Engine = (definition, saga, input) => {
  if (input.kind === 'cancel' && saga.pivotPassed) return advance(definition, saga, { kind: 'timer', atMs: -1e15 });
  return { ...advance(definition, saga, input), linked: [] };
};

/** Takes the refusal of a dead letter for a proof that nothing was done. */
export const deadLetterIsProof: Engine = (definition, saga, input) =>
  advance(definition, saga, input.kind === 'reply' ? { ...input, reply: { ...input.reply, code: null } } : input);

/** Gives up on a step after the pivot that asks to be tried again. */
export const retriesEnd: Engine = (definition, saga, input) => {
  const result = advance(definition, saga, input);
  const steps = Object.entries(result.instance.steps).map(([key, record]): [string, StepRecord] => {
    const over = record.kind === 'retriable' && record.state === 'retry_wait';
    return [key, over ? { ...record, state: 'skipped', wakeAtMs: null } : record];
  });
  return { ...result, instance: { ...result.instance, steps: Object.fromEntries(steps) } };
};

function refusal(step: string): Extract<SagaInput, { kind: 'reply' }> {
  const said = { outcome: 'refused', code: null, detail: null, retryAfterMs: null, result: null } as const;
  return { kind: 'reply', atMs: 0, reply: { messageId: 'planted', step, direction: 'forward', attempt: 1, ...said } };
}

function dueRecord(saga: SagaInstance, input: SagaInput): StepRecord | undefined {
  if (input.kind !== 'timer') return undefined;
  return Object.values(saga.steps).find((record) => isActive(record) && (record.wakeAtMs ?? 0) <= input.atMs);
}

function joined(first: Advance, second: Advance): Advance {
  return {
    instance: second.instance,
    commands: [...first.commands, ...second.commands],
    timeline: [...first.timeline, ...second.timeline],
    linked: [...first.linked, ...second.linked],
  };
}
