import type { JsonSchema, Static } from '@sagacity/chassis/schema/json-schema';

/** What an order needs to know of products now: `GET /products/quotes?ids=1,2`. Products that do not exist are left out. */
export const quotesSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['items'],
  properties: {
    items: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['product_id', 'name', 'sku', 'price', 'currency', 'available_quantity', 'is_active'],
        properties: {
          product_id: { type: 'integer' },
          name: { type: 'string' },
          sku: { type: 'string' },
          price: { type: 'number', minimum: 0, multipleOf: 0.01 },
          currency: { type: 'string' },
          available_quantity: { type: 'integer', minimum: 0 },
          is_active: { type: 'boolean' },
        },
      },
    },
  },
} as const satisfies JsonSchema;

export type QuotesAnswer = Static<typeof quotesSchema>;
