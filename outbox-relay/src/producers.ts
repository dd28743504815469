/** The service that owns each database: messages of its outbox carry its name as their app id. */
export const producers: ReadonlyMap<string, string> = new Map([
  ['users_db', 'user-service'],
  ['products_db', 'product-service'],
  ['orders_db', 'order-service'],
  ['payments_db', 'payment-service'],
  ['notifications_db', 'notification-service'],
  ['sagas_db', 'saga-orchestrator'],
]);
