import { closeDatabases, openDatabases } from '@sagacity/audit/open-databases';
import { runAudit } from '@sagacity/audit/run-audit';
import { verifierFromSettings } from '@sagacity/chassis/auth/verifier-from-settings';
import { createDatabase, databasePart } from '@sagacity/chassis/db/database';
import { leasePart, reachableUrl } from '@sagacity/chassis/discovery/lease';
import { databaseAndBroker } from '@sagacity/chassis/health/readiness';
import { createHttpApp } from '@sagacity/chassis/http/app';
import { createPlaces } from '@sagacity/chassis/http/places';
import { httpServerPart } from '@sagacity/chassis/http/server';
import { inboxKeeper } from '@sagacity/chassis/inbox/keeper';
import { type Part, startInOrder, stopInReverse } from '@sagacity/chassis/lifecycle/part';
import type { Application } from '@sagacity/chassis/lifecycle/run';
import { createLogger } from '@sagacity/chassis/logging/logger';
import { createBroker } from '@sagacity/chassis/messaging/broker';
import { createConsumer } from '@sagacity/chassis/messaging/consumer';
import { createDeadLetters } from '@sagacity/chassis/messaging/dead-letters';
import { deadLettersQueue } from '@sagacity/chassis/messaging/topology';
import { createMetrics } from '@sagacity/chassis/metrics/metrics';
import { wakeRelay } from '@sagacity/chassis/outbox/wake-relay';
import { createRedis, redisPart } from '@sagacity/chassis/redis/client';
import type { SagaOrchestratorConfig } from './config.ts';
import { actionRoutes } from './http/action-routes.ts';
import { auditRoutes } from './http/audit-routes.ts';
import { deadLetterRoutes } from './http/dead-letter-routes.ts';
import { feedRoutes } from './http/feed-routes.ts';
import { problems } from './http/problems.ts';
import { sagaRoutes } from './http/saga-routes.ts';
import { serviceRoutes } from './http/service-routes.ts';
import { deadLetterCollector } from './messaging/dead-letter-collector.ts';
import { orderEventHandlers, orderEventsQueue, urgencyOfOrderEvent } from './messaging/order-events.ts';
import { repliesQueue, replyHandlers, urgencyOfReplies } from './messaging/replies.ts';
import { createSagaCache } from './persistence/saga-cache.ts';
import { sagaGauges, sagaMetrics } from './saga-metrics.ts';
import { catalogue } from './sagas/catalogue.ts';
import { createTimerLoop } from './timers/timer-loop.ts';
import { createAuditShop } from './use-cases/audit-shop.ts';
import { registerDefinitions } from './use-cases/register-definitions.ts';
import { createSagaSessions } from './use-cases/saga-session.ts';

const service = 'saga-orchestrator';
const mostWatchers = 20;

/** The saga orchestrator: order events and replies in, commands out, timers, and the admin API. Any number of instances share the work. */
export function createSagaOrchestrator(config: SagaOrchestratorConfig): Application {
  const logger = createLogger({ service, level: config.LOG_LEVEL });
  const metrics = createMetrics(service);
  const db = createDatabase({ url: config.DATABASE_URL, applicationName: service, poolMax: config.DATABASE_POOL_MAX });
  const redis = createRedis({ url: config.REDIS_URL, connectionName: service, logger });
  wakeRelay(db, { databaseUrl: config.DATABASE_URL, redis, logger });
  const broker = createBroker({
    url: config.AMQP_URL,
    service,
    queues: [orderEventsQueue, repliesQueue],
    sharedQueues: [deadLettersQueue],
    logger,
  });
  const letters = createDeadLetters({ url: config.AMQP_URL, service });
  const shop = config.AUDIT_DATABASE_URLS === '' ? undefined : openDatabases(config.AUDIT_DATABASE_URLS);
  const auditShop = createAuditShop(db, shop && (() => runAudit(shop)));
  const sessions = createSagaSessions(catalogue, createSagaCache(), sagaMetrics(metrics));
  sagaGauges(metrics, db);
  const places = createPlaces(mostWatchers);
  const app = createHttpApp({
    logger,
    metrics,
    routes: [
      ...feedRoutes({ db, places }),
      ...sagaRoutes({ db, catalogue }),
      ...actionRoutes({ db, sessions }),
      ...deadLetterRoutes({ db, letters }),
      ...auditRoutes({ db, auditShop }),
      ...serviceRoutes({ redis }),
    ],
    verifyToken: verifierFromSettings(config),
    problems,
    readiness: databaseAndBroker(db, broker),
  });
  const http = httpServerPart(app, { host: config.HOST, port: config.SAGA_ORCHESTRATOR_PORT });
  const shared = { broker, db, logger, metrics };
  const definitions: Part = {
    name: 'saga definitions',
    start: () => registerDefinitions(db, catalogue),
    stop: async () => undefined,
  };
  const audited: Part = {
    name: 'databases to audit',
    start: async () => undefined,
    stop: async () => shop && closeDatabases(shop),
  };
  const parts: Part[] = [
    audited,
    databasePart(db, logger),
    inboxKeeper({ db, logger }),
    definitions,
    redisPart(redis),
    http,
    places,
    broker,
    // The answers that came while nobody was there are taken in before any timer asks for them.
    createConsumer({
      ...shared,
      queue: repliesQueue.name,
      handlers: replyHandlers(sessions),
      urgencyOf: urgencyOfReplies(catalogue),
    }),
    createConsumer({
      ...shared,
      queue: orderEventsQueue.name,
      handlers: orderEventHandlers(sessions),
      urgencyOf: urgencyOfOrderEvent,
    }),
    deadLetterCollector({ db, broker, logger }),
    createTimerLoop({ db, sessions, logger, isConnected: () => broker.isConnected() }),
    leasePart({ redis, service, url: () => reachableUrl(config.HOST, http.port(), redis) }),
  ];
  return { logger, start: () => startInOrder(parts), stop: () => stopInReverse(parts) };
}
