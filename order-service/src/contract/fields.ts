/** Every state an order can be in. */
export const orderStatuses = [
  'pending',
  'confirmed',
  'processing',
  'shipped',
  'delivered',
  'rejected',
  'cancelling',
  'cancelled',
] as const;

export type OrderStatus = (typeof orderStatuses)[number];

/** What is known of an order's money; `not_required` where the order costs nothing. */
export const paymentStatuses = [
  'not_required',
  'pending',
  'authorized',
  'captured',
  'partially_refunded',
  'voided',
  'refunded',
  'failed',
] as const;

export type PaymentStatus = (typeof paymentStatuses)[number];

export const id = { type: 'integer', minimum: 1, maximum: 2_147_483_647 } as const;
export const money = {
  type: 'number',
  minimum: 0,
  maximum: 99_999_999.99,
  multipleOf: 0.01,
  examples: [34.89],
} as const;
export const timestamp = { type: 'string', format: 'date-time' } as const;
export const status = { enum: orderStatuses } as const;

/** A line of an order with the product as it was when the order was placed. */
export const line = {
  type: 'object',
  additionalProperties: false,
  required: ['product_id', 'product_name', 'sku', 'quantity', 'unit_price', 'total_price'],
  properties: {
    product_id: id,
    product_name: { type: 'string' },
    sku: { type: 'string' },
    quantity: { type: 'integer', minimum: 1 },
    unit_price: money,
    total_price: money,
  },
} as const;
