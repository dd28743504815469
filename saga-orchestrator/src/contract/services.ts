import type { JsonSchema, Static } from '@sagacity/chassis/schema/json-schema';
import { exactly, text, timestamp } from './fields.ts';

export const servicesAnswer = exactly({
  items: {
    type: 'array',
    items: exactly({ service: text, instance: text, url: text, started_at: timestamp }),
  },
} as const) satisfies JsonSchema;

export type ServicesAnswer = Static<typeof servicesAnswer>;
