/** The queues whose consumers do most for each message. While one of them is full, a backlog is not added to it. */
export const watchedQueues: readonly string[] = [
  'saga-orchestrator.order-events',
  'saga-orchestrator.replies',
  'order-service.commands',
  'order-service.payment-events',
  'payment-service.commands',
  'product-service.commands',
  'user-service.order-history',
  'notification-service.mailer',
];
