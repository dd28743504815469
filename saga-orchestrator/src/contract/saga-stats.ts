import type { JsonSchema, Static } from '@sagacity/chassis/schema/json-schema';
import { count, exactly, flag, sagaStates, text, timestamp } from './fields.ts';

const seconds = { type: ['number', 'null'], minimum: 0 } as const;

export const statsQuery = {
  type: 'object',
  additionalProperties: false,
  required: ['window_minutes'],
  properties: { window_minutes: { type: 'integer', minimum: 1, maximum: 1_440, default: 60 } },
} as const satisfies JsonSchema;

export const statsAnswer = exactly({
  at: timestamp,
  window_minutes: count,
  /** Sagas that are not at their end, by state. */
  active: {
    type: 'array',
    items: exactly({ state: { enum: sagaStates }, count, oldest_s: seconds, retrying: count, attention: count }),
  },
  /** Sagas that ended in the window, by type and end. */
  ended: {
    type: 'array',
    items: exactly({ type: text, state: { enum: sagaStates }, count, p50_s: seconds, p99_s: seconds }),
  },
  /** Minute by minute, the newest last; minutes in which nothing happened too. */
  throughput: {
    type: 'array',
    items: exactly({ minute: timestamp, started: count, completed: count, compensated: count }),
  },
  timers_overdue_s: { type: 'number', minimum: 0 },
} as const) satisfies JsonSchema;

const node = exactly({
  name: text,
  kind: text,
  command: { type: ['string', 'null'] },
  compensation: { type: ['string', 'null'] },
  resolution: { type: ['string', 'null'] },
  timeout_ms: count,
  attempts: count,
});

/** Definitions as graphs: groups follow one another, the steps of a group run side by side. */
export const definitionsAnswer = exactly({
  items: {
    type: 'array',
    items: exactly({
      type: text,
      version: count,
      hash: text,
      registered_at: timestamp,
      /** True when this process can run it. */
      known: flag,
      in_flight: count,
      graph: exactly({
        type: text,
        version: count,
        origin: { ...node, type: ['object', 'null'] },
        groups: { type: 'array', items: { type: 'array', items: node } },
        attention_after_ms: count,
        undone_by: { type: ['string', 'null'] },
      } as const),
    } as const),
  },
} as const) satisfies JsonSchema;

export type StatsAnswer = Static<typeof statsAnswer>;
export type DefinitionsAnswer = Static<typeof definitionsAnswer>;
