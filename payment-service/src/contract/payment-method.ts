import type { JsonSchema, Static } from '@sagacity/chassis/schema/json-schema';

/** How a buyer pays: a provider and its token for the method. A card number does not match the token's pattern. */
export const paymentMethodSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['provider', 'token'],
  properties: {
    provider: { type: 'string', pattern: '^[a-z]{2,32}$', examples: ['sandbox'] },
    token: { type: 'string', maxLength: 128, pattern: '^[a-z]{2,16}_[A-Za-z0-9_]+$', examples: ['tok_approve'] },
  },
} as const satisfies JsonSchema;

export type PaymentMethod = Static<typeof paymentMethodSchema>;
