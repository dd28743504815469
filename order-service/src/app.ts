import { verifierFromSettings } from '@sagacity/chassis/auth/verifier-from-settings';
import type { Urgency } from '@sagacity/chassis/batches/gathering';
import { createDatabase, databasePart } from '@sagacity/chassis/db/database';
import { groupCommit } from '@sagacity/chassis/db/group-commit';
import { leasePart, reachableUrl } from '@sagacity/chassis/discovery/lease';
import { databaseAndBroker } from '@sagacity/chassis/health/readiness';
import { createHttpApp } from '@sagacity/chassis/http/app';
import { createPlaces } from '@sagacity/chassis/http/places';
import { httpServerPart } from '@sagacity/chassis/http/server';
import { createHttpClient } from '@sagacity/chassis/http-client/http-client';
import { inboxKeeper } from '@sagacity/chassis/inbox/keeper';
import { type Part, startInOrder, stopInReverse } from '@sagacity/chassis/lifecycle/part';
import type { Application } from '@sagacity/chassis/lifecycle/run';
import { createLogger } from '@sagacity/chassis/logging/logger';
import { createBroker } from '@sagacity/chassis/messaging/broker';
import { createConsumer } from '@sagacity/chassis/messaging/consumer';
import type { HandlerTable } from '@sagacity/chassis/messaging/handlers';
import { createMetrics } from '@sagacity/chassis/metrics/metrics';
import { wakeRelay } from '@sagacity/chassis/outbox/wake-relay';
import { createRedis, createSubscriber, redisPart } from '@sagacity/chassis/redis/client';
import type { OrderServiceConfig } from './config.ts';
import { createHousekeeping } from './housekeeping.ts';
import { listRoutes } from './http/list-routes.ts';
import { orderRoutes } from './http/order-routes.ts';
import { problems } from './http/problems.ts';
import { trackingRoutes } from './http/tracking-routes.ts';
import { commandsQueue, orderCommandHandlers } from './messaging/commands.ts';
import { paymentEventHandlers, paymentEventsQueue } from './messaging/payment-events.ts';
import { paymentsFrom } from './queries/fetch-payments.ts';
import { quotesFrom } from './queries/fetch-quotes.ts';
import { createOrderChanges } from './waiting/order-changes.ts';

const service = 'order-service';

/** The order service: orders over HTTP, the orchestrator's commands and payment events over RabbitMQ. */
export function createOrderService(config: OrderServiceConfig): Application {
  const logger = createLogger({ service, level: config.LOG_LEVEL });
  const metrics = createMetrics(service);
  const db = createDatabase({ url: config.DATABASE_URL, applicationName: service, poolMax: config.DATABASE_POOL_MAX });
  const redis = createRedis({ url: config.REDIS_URL, connectionName: service, logger });
  const quiet = (error: unknown) => logger.debug('redis did not take a word', { error });
  wakeRelay(db, { databaseUrl: config.DATABASE_URL, redis, logger });
  const subscriber = createSubscriber({ url: config.REDIS_URL, connectionName: `${service}-changes`, logger });
  const changes = createOrderChanges({ publisher: redis, subscriber, onError: quiet });
  const announce = (orderId: number) => changes.announce(orderId);
  const products = createHttpClient({
    server: 'product-service',
    baseUrl: config.PRODUCT_SERVICE_URL,
    logger,
    metrics,
  });
  const payments = createHttpClient({
    server: 'payment-service',
    baseUrl: config.PAYMENT_SERVICE_URL,
    logger,
    metrics,
  });
  const broker = createBroker({ url: config.AMQP_URL, service, queues: [commandsQueue, paymentEventsQueue], logger });
  const places = createPlaces(config.ORDER_OPEN_REQUESTS_MAX);
  const deps = {
    db,
    commit: groupCommit(db),
    changes,
    places,
    heartbeatMs: 15_000,
    longestMs: 15 * 60_000,
    announce,
    fetchQuotes: quotesFrom(products),
    fetchPayments: paymentsFrom(payments),
    defaultPayment: { provider: config.DEFAULT_PAYMENT_PROVIDER, token: config.DEFAULT_PAYMENT_TOKEN },
  };
  const app = createHttpApp({
    logger,
    metrics,
    routes: [...listRoutes(deps), ...orderRoutes(deps), ...trackingRoutes(deps)],
    verifyToken: verifierFromSettings(config),
    problems,
    readiness: databaseAndBroker(db, broker),
  });
  const http = httpServerPart(app, { host: config.HOST, port: config.ORDER_SERVICE_PORT });
  const consume = (queue: string, handlers: HandlerTable, urgency: Urgency) =>
    createConsumer({ broker, db, queue, handlers, urgencyOf: () => urgency, logger, metrics });
  const parts: Part[] = [
    databasePart(db, logger),
    inboxKeeper({ db, logger }),
    redisPart(redis),
    changes,
    products,
    payments,
    createHousekeeping({ db, logger }),
    http,
    places,
    broker,
    consume(commandsQueue.name, orderCommandHandlers(announce), 'now'),
    consume(paymentEventsQueue.name, paymentEventHandlers(announce), 'idle'),
    leasePart({ redis, service, url: () => reachableUrl(config.HOST, http.port(), redis) }),
  ];
  return { logger, start: () => startInOrder(parts), stop: () => stopInReverse(parts) };
}
