import type { JsonSchema, Static } from '@sagacity/chassis/schema/json-schema';

const id = { type: 'integer', minimum: 1, maximum: 2_147_483_647 } as const;

/**
 * Reserves all items or none. Refused `stock.insufficient`: the reply's result has `short: [{product_id, wanted, available}]`.
 * The same product may stand on several lines; they count together.
 */
export const reserveStockData = {
  type: 'object',
  additionalProperties: false,
  required: ['order_id', 'items'],
  properties: {
    order_id: id,
    items: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['product_id', 'quantity'],
        properties: { product_id: id, quantity: { type: 'integer', minimum: 1, maximum: 1_000_000 } },
      },
    },
  },
} as const satisfies JsonSchema;

const ofOrder = {
  type: 'object',
  additionalProperties: false,
  required: ['order_id'],
  properties: { order_id: id },
} as const satisfies JsonSchema;

/** Gives back what the order has reserved and not bought; done also when there is nothing to give back. */
export const releaseStockData = ofOrder;

/** Takes what the order has reserved from the stock for good. */
export const commitStockData = ofOrder;

/** Puts what the order has bought back into the stock; done also when there is nothing to put back. */
export const returnStockData = ofOrder;

export type ReserveStockData = Static<typeof reserveStockData>;
export type OfOrderData = Static<typeof ofOrder>;

export const stockCommands = {
  reserve: 'product-service.reserve-stock',
  release: 'product-service.release-stock',
  commit: 'product-service.commit-stock',
  giveBack: 'product-service.return-stock',
} as const;
