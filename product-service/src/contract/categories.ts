import type { JsonSchema, Static } from '@sagacity/chassis/schema/json-schema';

const id = { type: 'integer', minimum: 1, maximum: 2_147_483_647 } as const;
const name = { type: 'string', minLength: 1, maxLength: 100, pattern: '\\S' } as const;
const description = { type: ['string', 'null'], maxLength: 2_000 } as const;

export const categorySchema = {
  type: 'object',
  additionalProperties: false,
  required: ['id', 'name', 'description', 'product_count'],
  properties: {
    id,
    name: { type: 'string' },
    description: { type: ['string', 'null'] },
    product_count: { type: 'integer' },
  },
} as const satisfies JsonSchema;

export const categoryList = {
  type: 'object',
  additionalProperties: false,
  required: ['items'],
  properties: { items: { type: 'array', items: categorySchema } },
} as const satisfies JsonSchema;

export const createCategoryBody = {
  type: 'object',
  additionalProperties: false,
  required: ['name'],
  properties: { name, description },
  examples: [{ name: 'Lighting', description: 'Lamps and candles' }],
} as const satisfies JsonSchema;

export const changeCategoryBody = {
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  properties: { name, description },
  examples: [{ name: 'Lighting', description: 'Lamps and candles' }],
} as const satisfies JsonSchema;

export const categoryPath = {
  type: 'object',
  required: ['category_id'],
  properties: { category_id: id },
} as const satisfies JsonSchema;

export type CategoryAnswer = Static<typeof categorySchema>;
