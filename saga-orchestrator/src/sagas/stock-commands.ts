/** What product-service does with an order's stock. */
export const stockCommands = {
  reserve: 'product-service.reserve-stock',
  release: 'product-service.release-stock',
  commit: 'product-service.commit-stock',
  returned: 'product-service.return-stock',
} as const;
