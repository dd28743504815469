import { verifierFromSettings } from '@sagacity/chassis/auth/verifier-from-settings';
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
import { createRedis, redisPart } from '@sagacity/chassis/redis/client';
import type { NotificationServiceConfig } from './config.ts';
import { notificationRoutes } from './http/notification-routes.ts';
import { problems } from './http/problems.ts';
import { mailerHandlers, mailerQueue } from './messaging/mailer.ts';
import { createSender } from './sending/sender.ts';
import { createSendMail } from './sending/transport.ts';

const service = 'notification-service';

/** The notification service: events in, mails out, and a log of them for each user. */
export function createNotificationService(config: NotificationServiceConfig): Application {
  const logger = createLogger({ service, level: config.LOG_LEVEL });
  const metrics = createMetrics(service);
  const db = createDatabase({
    url: config.DATABASE_URL,
    applicationName: service,
    poolMax: config.DATABASE_POOL_MAX,
    logger,
  });
  const redis = createRedis({ url: config.REDIS_URL, connectionName: service, logger });
  const broker = createBroker({ url: config.AMQP_URL, service, queues: [mailerQueue], logger });
  const sendMail = createSendMail({ smtpUrl: config.SMTP_URL, from: config.MAIL_FROM });
  const app = createHttpApp({
    logger,
    metrics,
    routes: notificationRoutes({ db }),
    verifyToken: verifierFromSettings(config),
    problems,
    readiness: databaseAndBroker(db, broker),
  });
  const http = httpServerPart(app, { host: config.HOST, port: config.NOTIFICATION_SERVICE_PORT });
  const parts: Part[] = [
    databasePart(db, logger),
    inboxKeeper({ db, logger }),
    redisPart(redis),
    http,
    createSender({ db, sendMail, logger, metrics }),
    broker,
    createConsumer({
      broker,
      db,
      queue: mailerQueue.name,
      handlers: mailerHandlers,
      urgencyOf: () => 'idle',
      logger,
      metrics,
    }),
    leasePart({ redis, service, url: () => reachableUrl(config.HOST, http.port(), redis) }),
  ];
  return { logger, start: () => startInOrder(parts), stop: () => stopInReverse(parts) };
}
