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
import { createMetrics } from '@sagacity/chassis/metrics/metrics';
import { wakeRelay } from '@sagacity/chassis/outbox/wake-relay';
import { createRedis, redisPart } from '@sagacity/chassis/redis/client';
import type { UserServiceConfig } from './config.ts';
import { problems } from './http/problems.ts';
import { createIdentity } from './identity.ts';
import { orderHistoryHandlers, orderHistoryQueue } from './messaging/order-history.ts';
import { createHousekeeping } from './sessions/housekeeping.ts';
import type { UseCaseDeps } from './use-cases/deps.ts';
import { ensureFirstAdmin } from './use-cases/ensure-first-admin.ts';

const service = 'user-service';

/** The user service. It answers before RabbitMQ is there: accounts and logins need the database alone; ready it is when both are. */
export function createUserService(config: UserServiceConfig): Application {
  const logger = createLogger({ service, level: config.LOG_LEVEL });
  const registry = createMetrics(service);
  const db = createDatabase({
    url: config.DATABASE_URL,
    applicationName: service,
    poolMax: config.DATABASE_POOL_MAX,
  });
  const redis = createRedis({ url: config.REDIS_URL, connectionName: service, logger });
  const broker = createBroker({ url: config.AMQP_URL, service, queues: [orderHistoryQueue], logger });
  const identity = createIdentity({ db, redis, logger, registry, config });
  wakeRelay(db, { databaseUrl: config.DATABASE_URL, redis, logger });
  const app = createHttpApp({
    logger,
    metrics: registry,
    routes: identity.routes,
    verifyToken: identity.verifyToken,
    problems,
    readiness: databaseAndBroker(db, broker),
  });
  const http = httpServerPart(app, { host: config.HOST, port: config.USER_SERVICE_PORT });
  const parts: Part[] = [
    databasePart(db, logger),
    inboxKeeper({ db, logger }),
    identity.keyRing,
    firstAdminPart(identity.deps, config),
    redisPart(redis),
    identity.announcer,
    createHousekeeping({ db, logger }),
    http,
    leasePart({ redis, service, url: () => reachableUrl(config.HOST, http.port(), redis) }),
    broker,
    createConsumer({
      broker,
      db,
      queue: orderHistoryQueue.name,
      handlers: orderHistoryHandlers,
      urgencyOf: () => 'idle',
      logger,
      metrics: registry,
    }),
  ];
  return { logger, start: () => startInOrder(parts), stop: () => stopInReverse(parts) };
}

function firstAdminPart(
  deps: UseCaseDeps,
  { ADMIN_EMAIL: email, ADMIN_USERNAME: username, ADMIN_PASSWORD: password }: UserServiceConfig,
): Part {
  return {
    name: 'first admin',
    start: async () => {
      if (email !== undefined && password !== undefined) await ensureFirstAdmin(deps, { email, username, password });
    },
    stop: async () => undefined,
  };
}
