import type { JsonSchema, Static } from '@sagacity/chassis/schema/json-schema';

/** How the outboxes stand; a database that does not answer has nulls. */
export const outboxOverviewSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['items'],
  properties: {
    items: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['database', 'backlog', 'oldest_age_ms', 'lease', 'dead', 'blocked', 'paused_since', 'pause_reason'],
        properties: {
          database: { type: 'string' },
          backlog: { type: ['integer', 'null'], description: 'Rows that wait, estimated by the range of their ids.' },
          oldest_age_ms: { type: ['integer', 'null'], description: 'Age of the oldest row that waits.' },
          lease: { type: ['string', 'null'], description: 'The relay that drains it.' },
          dead: { type: ['integer', 'null'], description: 'Messages that were given up and wait for an operator.' },
          blocked: { type: ['integer', 'null'], description: 'Aggregates whose messages wait for one that failed.' },
          paused_since: {
            type: ['string', 'null'],
            format: 'date-time',
            description: 'Since when an operator has it paused; null when it is not.',
          },
          pause_reason: { type: ['string', 'null'], description: 'Why it is paused.' },
        },
      },
    },
  },
} as const satisfies JsonSchema;

export type OutboxOverview = Static<typeof outboxOverviewSchema>;
