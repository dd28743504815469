import { eventSchema } from '@sagacity/chassis/messaging/envelope';
import type { JsonSchema, Static } from '@sagacity/chassis/schema/json-schema';

const productData = {
  type: 'object',
  additionalProperties: false,
  required: [
    'product_id',
    'name',
    'sku',
    'price',
    'currency',
    'category_id',
    'stock_quantity',
    'is_active',
    'updated_at',
  ],
  properties: {
    product_id: { type: 'integer' },
    name: { type: 'string' },
    sku: { type: 'string' },
    price: { type: 'number' },
    currency: { type: 'string' },
    category_id: { type: ['integer', 'null'] },
    stock_quantity: { type: 'integer' },
    is_active: { type: 'boolean' },
    updated_at: { type: 'string', format: 'date-time' },
  },
} as const;

/** A product was added to the catalogue. */
export const productCreated = eventSchema('product.created', productData) satisfies JsonSchema;

/** A product was changed by an admin; sales do not change it in this sense. */
export const productUpdated = eventSchema('product.updated', productData) satisfies JsonSchema;

/** A product was taken from the catalogue; orders keep what they say of it. */
export const productDeleted = eventSchema('product.deleted', productData) satisfies JsonSchema;

export type ProductData = Static<typeof productData>;

/** What this service publishes, by routing key. */
export const productEvents = {
  'product.created': productCreated,
  'product.updated': productUpdated,
  'product.deleted': productDeleted,
} as const;
