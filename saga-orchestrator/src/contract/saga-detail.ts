import type { JsonSchema, Static } from '@sagacity/chassis/schema/json-schema';
import { count, exactly, flag, sagaId, text, textOrNull, timestamp, timestampOrNull } from './fields.ts';
import { summaryFields } from './saga-list.ts';

export const sagaParams = {
  type: 'object',
  required: ['saga_id'],
  properties: { saga_id: sagaId },
} as const satisfies JsonSchema;

const error = { ...exactly({ code: text, detail: textOrNull }), type: ['object', 'null'] } as const;
const numberOrNull = { type: ['integer', 'null'] } as const;
const anyObject = { type: ['object', 'null'] } as const;

/** One command that was sent, and its answer; `cause` tells why it was sent again: probe, retry or operator. */
const attempt = exactly({
  attempt: count,
  command_id: textOrNull,
  cause: textOrNull,
  sent_at: timestamp,
  timed_out: flag,
  replied_at: timestampOrNull,
  outcome: textOrNull,
  error,
});

/** One direction of one step. Steps of the same group run side by side; step zero has none. */
const step = exactly({
  name: text,
  kind: { enum: ['compensatable', 'pivot', 'retriable'] },
  direction: { enum: ['forward', 'compensate', 'resolve'] },
  state: text,
  command: textOrNull,
  group: numberOrNull,
  attempt: count,
  next_at: timestampOrNull,
  settled_at: timestampOrNull,
  error,
  attempts: { type: 'array', items: attempt },
} as const);

const line = exactly({
  seq: count,
  at: timestamp,
  kind: text,
  step: textOrNull,
  direction: textOrNull,
  attempt: numberOrNull,
  message_id: textOrNull,
  causation_id: textOrNull,
  actor: textOrNull,
  reason: textOrNull,
  detail: anyObject,
});

const allowedAction = {
  type: 'object',
  additionalProperties: false,
  required: ['action', 'allowed', 'reason'],
  properties: { action: text, allowed: flag, reason: textOrNull, steps: { type: 'array', items: text } },
} as const;

export const sagaDetailAnswer = exactly({
  ...summaryFields,
  phase: text,
  cancel: anyObject,
  failure: anyObject,
  attention_at: timestampOrNull,
  paused_at: timestampOrNull,
  state_entered_at: timestamp,
  ended_at: timestampOrNull,
  correlation_id: text,
  trace_id: textOrNull,
  /** The other sagas of the same order. */
  linked: { type: 'array', items: exactly({ id: sagaId, type: text, state: text }) },
  steps: { type: 'array', items: step },
  /** The last lines, the oldest of them first. */
  timeline: { type: 'array', items: line },
  timeline_left_out: count,
  allowed_actions: { type: 'array', items: allowedAction },
} as const) satisfies JsonSchema;

export type SagaDetail = Static<typeof sagaDetailAnswer>;
export type StepDetail = SagaDetail['steps'][number];
export type AttemptDetail = StepDetail['attempts'][number];
export type TimelineLine = SagaDetail['timeline'][number];
