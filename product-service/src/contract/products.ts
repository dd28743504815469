import { listOf, listParameters } from '@sagacity/chassis/lists/list-schemas';
import type { JsonSchema, Static } from '@sagacity/chassis/schema/json-schema';

const id = { type: 'integer', minimum: 1, maximum: 2_147_483_647 } as const;
const price = {
  type: 'number',
  minimum: 0,
  maximum: 99_999_999.99,
  multipleOf: 0.01,
  examples: [34.89],
} as const;
const name = { type: 'string', minLength: 1, maxLength: 255, pattern: '\\S' } as const;
const description = { type: ['string', 'null'], maxLength: 10_000 } as const;
const sku = { type: 'string', minLength: 1, maxLength: 100, pattern: '^\\S+$' } as const;
const stock = { type: 'integer', minimum: 0, maximum: 2_147_483_647 } as const;
const timestamp = { type: 'string', format: 'date-time' } as const;

export const productSchema = {
  type: 'object',
  additionalProperties: false,
  required: [
    'id',
    'name',
    'description',
    'price',
    'currency',
    'category_id',
    'category_name',
    'stock_quantity',
    'available_quantity',
    'sku',
    'is_active',
    'created_at',
    'updated_at',
  ],
  properties: {
    id,
    name: { type: 'string' },
    description: { type: ['string', 'null'] },
    price,
    currency: { type: 'string', examples: ['EUR'] },
    category_id: { type: ['integer', 'null'] },
    category_name: { type: ['string', 'null'] },
    stock_quantity: stock,
    available_quantity: stock,
    sku: { type: 'string' },
    is_active: { type: 'boolean' },
    created_at: timestamp,
    updated_at: timestamp,
  },
} as const satisfies JsonSchema;

export const createProductBody = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'price', 'sku'],
  properties: { name, description, price, category_id: id, stock_quantity: stock, sku },
  examples: [{ name: 'Brass desk lamp', price: 34.89, sku: 'LGT-01A', category_id: 1, stock_quantity: 20 }],
} as const satisfies JsonSchema;

export const changeProductBody = {
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  properties: {
    name,
    description,
    price,
    category_id: { type: ['integer', 'null'], minimum: 1 },
    stock_quantity: stock,
    sku,
    is_active: { type: 'boolean' },
  },
  examples: [{ price: 29.89 }],
} as const satisfies JsonSchema;

export const adjustStockBody = {
  type: 'object',
  additionalProperties: false,
  required: ['delta', 'reason'],
  properties: {
    delta: { type: 'integer', minimum: -1_000_000_000, maximum: 1_000_000_000, not: { const: 0 } },
    reason: { type: 'string', minLength: 1, maxLength: 500, pattern: '\\S' },
  },
  examples: [{ delta: -2, reason: 'broken' }],
} as const satisfies JsonSchema;

export const productPath = {
  type: 'object',
  required: ['product_id'],
  properties: { product_id: id },
} as const satisfies JsonSchema;

export const sorts = ['price', '-price', 'name', '-name', 'created_at', '-created_at', '-popularity'] as const;
export type Sort = (typeof sorts)[number];

const filters = {
  ...listParameters,
  category_id: id,
  min_price: price,
  max_price: price,
  in_stock: { type: 'boolean' },
} as const;

export const productsQuery = {
  type: 'object',
  additionalProperties: false,
  required: ['limit'],
  properties: { ...filters, sort: { enum: sorts } },
} as const satisfies JsonSchema;

export const searchQuery = {
  type: 'object',
  additionalProperties: false,
  required: ['limit', 'q'],
  properties: { ...filters, sort: { enum: ['rank', ...sorts] }, q: { type: 'string', minLength: 1, maxLength: 200 } },
} as const satisfies JsonSchema;

const list = listOf(productSchema);

/** `total_is_exact` is false where there are more products than are counted: `total` then says at least how many. */
export const productList = {
  ...list,
  required: [...list.required, 'total_is_exact'],
  properties: { ...list.properties, total_is_exact: { type: ['boolean', 'null'] } },
} as const satisfies JsonSchema;

/** `corrected_q` is what was searched for instead, when nothing has the words that were asked for. */
export const searchAnswer = {
  ...productList,
  required: [...productList.required, 'facets', 'corrected_q'],
  properties: {
    ...productList.properties,
    corrected_q: { type: ['string', 'null'] },
    facets: {
      type: 'object',
      additionalProperties: false,
      required: ['categories', 'price_ranges'],
      properties: {
        categories: {
          type: 'array',
          items: {
            type: 'object',
            additionalProperties: false,
            required: ['id', 'name', 'count'],
            properties: { id: { type: 'integer' }, name: { type: 'string' }, count: { type: 'integer' } },
          },
        },
        price_ranges: {
          type: 'array',
          items: {
            type: 'object',
            additionalProperties: false,
            required: ['from', 'to', 'count'],
            properties: { from: { type: 'number' }, to: { type: ['number', 'null'] }, count: { type: 'integer' } },
          },
        },
      },
    },
  },
} as const satisfies JsonSchema;

export type ProductAnswer = Static<typeof productSchema>;
export type CreateProductBody = Static<typeof createProductBody>;
export type ChangeProductBody = Static<typeof changeProductBody>;
export type ProductListAnswer = Static<typeof productList>;
export type SearchAnswer = Static<typeof searchAnswer>;
