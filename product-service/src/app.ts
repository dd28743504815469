import { verifierFromSettings } from '@sagacity/chassis/auth/verifier-from-settings';
import type { Urgency } from '@sagacity/chassis/batches/gathering';
import { createDatabase, databasePart } from '@sagacity/chassis/db/database';
import { leasePart, reachableUrl } from '@sagacity/chassis/discovery/lease';
import { databaseAndBroker } from '@sagacity/chassis/health/readiness';
import { createHttpApp } from '@sagacity/chassis/http/app';
import { httpServerPart } from '@sagacity/chassis/http/server';
import { inboxKeeper } from '@sagacity/chassis/inbox/keeper';
import { type Part, startInOrder, stopInReverse } from '@sagacity/chassis/lifecycle/part';
import type { Application } from '@sagacity/chassis/lifecycle/run';
import { createLogger } from '@sagacity/chassis/logging/logger';
import { createBroker } from '@sagacity/chassis/messaging/broker';
import { createConsumer } from '@sagacity/chassis/messaging/consumer';
import type { HandlerTable } from '@sagacity/chassis/messaging/handlers';
import { createMetrics } from '@sagacity/chassis/metrics/metrics';
import { wakeRelay } from '@sagacity/chassis/outbox/wake-relay';
import { createRedis, redisPart } from '@sagacity/chassis/redis/client';
import { cacheMetrics } from './cache/cache-metrics.ts';
import { CatalogueCache } from './cache/catalogue-cache.ts';
import type { ProductServiceConfig } from './config.ts';
import { adminRoutes } from './http/admin-routes.ts';
import { catalogueRoutes } from './http/catalogue-routes.ts';
import { categoryRoutes } from './http/category-routes.ts';
import { importRoutes } from './http/import-routes.ts';
import { problems } from './http/problems.ts';
import { createImportWorker } from './imports/import-worker.ts';
import { changedProductHandlers, changedProductsQueue } from './messaging/changed-products.ts';
import { commandsQueue, stockCommandHandlers, urgencyOfCommand } from './messaging/commands.ts';
import { orderSalesHandlers, orderSalesQueue } from './messaging/order-sales.ts';

const service = 'product-service';

/** The product service: the catalogue over HTTP, the stock by the orchestrator's commands. */
export function createProductService(config: ProductServiceConfig): Application {
  const logger = createLogger({ service, level: config.LOG_LEVEL });
  const metrics = createMetrics(service);
  const db = createDatabase({
    url: config.DATABASE_URL,
    applicationName: service,
    poolMax: config.DATABASE_POOL_MAX,
    logger,
  });
  const redis = createRedis({ url: config.REDIS_URL, connectionName: service, logger, gathersTurns: true });
  const cache = new CatalogueCache({ redis, metrics: cacheMetrics(metrics) });
  const importWorker = createImportWorker({ db, cache, logger });
  const broker = createBroker({
    url: config.AMQP_URL,
    service,
    queues: [commandsQueue, orderSalesQueue, changedProductsQueue],
    logger,
  });
  wakeRelay(db, { databaseUrl: config.DATABASE_URL, redis, logger });
  const app = createHttpApp({
    logger,
    metrics,
    routes: [
      ...catalogueRoutes({ db, cache }),
      ...categoryRoutes({ db, cache }),
      ...importRoutes({ db, wakeWorker: importWorker.wake }),
      ...adminRoutes({ db, cache }),
    ],
    verifyToken: verifierFromSettings(config),
    problems,
    readiness: databaseAndBroker(db, broker),
  });
  const http = httpServerPart(app, { host: config.HOST, port: config.PRODUCT_SERVICE_PORT });
  const consumer = (queue: string, handlers: HandlerTable, urgencyOf?: (type: string) => Urgency) =>
    createConsumer({ broker, db, queue, handlers, ...(urgencyOf ? { urgencyOf } : {}), logger, metrics });
  const parts: Part[] = [
    databasePart(db, logger),
    inboxKeeper({ db, logger }),
    redisPart(redis),
    cache,
    importWorker,
    http,
    broker,
    consumer(commandsQueue.name, stockCommandHandlers, urgencyOfCommand),
    consumer(orderSalesQueue.name, orderSalesHandlers, () => 'idle'),
    consumer(changedProductsQueue.name, changedProductHandlers(cache)),
    leasePart({ redis, service, url: () => reachableUrl(config.HOST, http.port(), redis) }),
  ];
  return { logger, start: () => startInOrder(parts), stop: () => stopInReverse(parts) };
}
