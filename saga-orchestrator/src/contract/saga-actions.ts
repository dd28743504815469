import type { JsonSchema, Static } from '@sagacity/chassis/schema/json-schema';
import { count, exactly, flag, kebabName, sagaId, text, textOrNull, timestamp, timestampOrNull } from './fields.ts';

export const sagaActionBody = {
  type: 'object',
  additionalProperties: false,
  required: ['action', 'reason', 'expected_version'],
  properties: {
    action: { enum: ['retry-now', 'resolve-step', 'pause', 'resume', 'cancel', 'force-compensate'] },
    reason: { type: 'string', minLength: 3, maxLength: 500, pattern: '\\S' },
    /** The `version` of the saga that the decision rests on. */
    expected_version: count,
    /** For resolve-step. */
    step: kebabName,
    /** For resolve-step: what became of it. */
    outcome: { enum: ['done', 'refused'] },
  },
  examples: [{ action: 'retry-now', reason: 'the provider is back', expected_version: 7 }],
} as const satisfies JsonSchema;

export const sagaActionQuery = {
  type: 'object',
  additionalProperties: false,
  required: ['dry_run'],
  properties: { dry_run: { type: 'integer', enum: [0, 1], default: 0 } },
} as const satisfies JsonSchema;

/** A command as it is or would be sent; its `command_id` is given when it is. */
const command = exactly({
  type: text,
  issued_at: timestamp,
  saga: { type: 'object' },
  idempotency_key: text,
  deadline: timestampOrNull,
  data: { type: 'object' },
});

export const sagaActionAnswer = exactly({
  saga_id: sagaId,
  dry_run: flag,
  /** Of the saga after the action; after a dry run what it would be. */
  version: count,
  state_before: text,
  state: text,
  commands: { type: 'array', items: command },
  timeline: { type: 'array', items: exactly({ kind: text, step: textOrNull }) },
} as const) satisfies JsonSchema;

export type SagaActionBody = Static<typeof sagaActionBody>;
export type SagaActionAnswer = Static<typeof sagaActionAnswer>;
