import { listOf } from '@sagacity/chassis/lists/list-schemas';
import type { JsonSchema, Static } from '@sagacity/chassis/schema/json-schema';

/** One mail as it was written, without its HTML. */
export const notificationSchema = {
  type: 'object',
  additionalProperties: false,
  required: [
    'id',
    'user_id',
    'order_id',
    'template',
    'to',
    'subject',
    'text',
    'state',
    'attempts',
    'created_at',
    'sent_at',
  ],
  properties: {
    id: { type: 'integer' },
    user_id: { type: 'integer' },
    order_id: { type: ['integer', 'null'] },
    template: { type: 'string' },
    to: { type: 'string' },
    subject: { type: 'string' },
    text: { type: 'string' },
    state: { enum: ['queued', 'sent', 'failed'] },
    attempts: { type: 'integer' },
    created_at: { type: 'string', format: 'date-time' },
    sent_at: { type: ['string', 'null'], format: 'date-time' },
  },
} as const satisfies JsonSchema;

export const notificationList = listOf(notificationSchema) satisfies JsonSchema;

export const userPath = {
  type: 'object',
  required: ['user_id'],
  properties: { user_id: { type: 'integer', minimum: 1, maximum: 2_147_483_647 } },
} as const satisfies JsonSchema;

export type NotificationAnswer = Static<typeof notificationSchema>;
