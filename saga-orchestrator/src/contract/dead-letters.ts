import type { JsonSchema, Static } from '@sagacity/chassis/schema/json-schema';
import { count, exactly, rowId, text, textOrNull, timestamp, timestampOrNull } from './fields.ts';

export const deadLetterStates = ['open', 'replayed', 'gone'] as const;

export const deadLettersQuery = {
  type: 'object',
  additionalProperties: false,
  required: ['limit'],
  properties: {
    state: { enum: deadLetterStates },
    queue: { type: 'string', pattern: '^[a-z0-9.-]{1,100}$' },
    type: { type: 'string', minLength: 1, maxLength: 100 },
    reason_code: { type: 'string', minLength: 1, maxLength: 100 },
    order_id: rowId,
    limit: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
    cursor: { type: 'string', pattern: '^[0-9]{1,15}$' },
  },
} as const satisfies JsonSchema;

const deadLetter = exactly({
  id: rowId,
  message_id: text,
  queue: text,
  type: text,
  correlation_id: textOrNull,
  order_id: { type: ['integer', 'null'] },
  reason_code: text,
  reason_detail: textOrNull,
  retry_count: count,
  state: { enum: deadLetterStates },
  times: count,
  first_failed_at: timestamp,
  last_failed_at: timestamp,
  replayed_at: timestampOrNull,
  replayed_by: textOrNull,
  replay_reason: textOrNull,
  payload: text,
});

export const deadLetterList = exactly({
  items: { type: 'array', items: deadLetter },
  next_cursor: textOrNull,
  open: count,
} as const) satisfies JsonSchema;

export const deadLetterPath = exactly({ dead_letter_id: rowId } as const) satisfies JsonSchema;

export const replayBody = exactly({
  reason: { type: 'string', minLength: 1, maxLength: 500 },
} as const) satisfies JsonSchema;

export const replayAnswer = exactly({ id: rowId, state: { const: 'replayed' } } as const) satisfies JsonSchema;

export type DeadLettersQuery = Static<typeof deadLettersQuery>;
export type DeadLetterList = Static<typeof deadLetterList>;
