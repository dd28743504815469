import type { JsonSchema, Static } from '@sagacity/chassis/schema/json-schema';
import { count, exactly, flag, text, timestamp } from './fields.ts';

/** Most breaches of one check that an answer names; their number is always whole. */
export const mostBreachesShown = 100;

export const auditAnswer = exactly({
  clean: flag,
  at: timestamp,
  requested_by: text,
  duration_ms: count,
  totals: exactly({
    orders: { type: 'object', additionalProperties: count },
    active_sagas: count,
    captured_cents: count,
    refunded_cents: count,
  }),
  checks: {
    type: 'array',
    items: exactly({
      name: text,
      claim: text,
      checked: count,
      breaches: count,
      rows: { type: 'array', items: exactly({ subject: text, detail: text }) },
    }),
  },
} as const) satisfies JsonSchema;

export type AuditAnswer = Static<typeof auditAnswer>;
