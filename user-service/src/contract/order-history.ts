import { listOf } from '@sagacity/chassis/lists/list-schemas';
import type { JsonSchema, Static } from '@sagacity/chassis/schema/json-schema';
import * as fields from './fields.ts';

export const historyEntry = {
  type: 'object',
  additionalProperties: false,
  required: ['order_id', 'status', 'total_amount', 'currency', 'item_count', 'created_at', 'updated_at'],
  properties: {
    order_id: { type: 'integer' },
    status: { type: 'string' },
    total_amount: { type: 'number' },
    currency: { type: 'string', examples: ['EUR'] },
    item_count: { type: 'integer' },
    created_at: fields.timestamp,
    updated_at: fields.timestamp,
  },
} as const satisfies JsonSchema;

export type HistoryEntry = Static<typeof historyEntry>;

export const orderHistory = listOf(historyEntry) satisfies JsonSchema;
