import { verifierFromSettings } from '@sagacity/chassis/auth/verifier-from-settings';
import { systemClock } from '@sagacity/chassis/clock/clock';
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
import type { PaymentServiceConfig } from './config.ts';
import { createHousekeeping } from './housekeeping.ts';
import { paymentRoutes } from './http/payment-routes.ts';
import { problems } from './http/problems.ts';
import { webhookRoutes } from './http/webhook-routes.ts';
import { commandsQueue, paymentCommandHandlers, urgencyOfCommand } from './messaging/commands.ts';
import type { PaymentProvider } from './providers/provider.ts';
import { createSandboxProvider } from './providers/sandbox/sandbox-provider.ts';
import { createWebhookSender } from './providers/sandbox/webhook-sender.ts';
import { createStripeProvider } from './providers/stripe/stripe-provider.ts';
import { createPayments } from './worker/payments.ts';
import { createProviderMetrics } from './worker/provider-metrics.ts';
import { refusalGauges } from './worker/refusal-gauges.ts';

const service = 'payment-service';

/** The payment service: commands of the orchestrator over RabbitMQ, payments and webhooks over HTTP, and calls of the providers. */
export function createPaymentService(config: PaymentServiceConfig): Application & { readonly port: () => number } {
  const logger = createLogger({ service, level: config.LOG_LEVEL });
  const metrics = createMetrics(service);
  const pool = { url: config.DATABASE_URL, poolMax: config.DATABASE_POOL_MAX };
  const db = createDatabase({ ...pool, applicationName: service });
  const sandboxDb = createDatabase({ ...pool, applicationName: `${service} sandbox` });
  const redis = createRedis({ url: config.REDIS_URL, connectionName: service, logger });
  wakeRelay(db, { databaseUrl: config.DATABASE_URL, redis, logger });
  const broker = createBroker({ url: config.AMQP_URL, service, queues: [commandsQueue], logger });
  const address = () => reachableUrl(config.HOST, http.port(), redis);
  const sandbox = createSandboxProvider({
    db: sandboxDb,
    webhookSecret: config.SANDBOX_WEBHOOK_SECRET,
    slowMs: config.SANDBOX_SLOW_MS,
    webhooks: createWebhookSender({
      url: () => `${address()}/payments/webhooks/sandbox`,
      secret: config.SANDBOX_WEBHOOK_SECRET,
      logger,
    }),
  });
  const providerMetrics = createProviderMetrics(metrics);
  refusalGauges(metrics, db);
  const { deps, runner } = createPayments({
    db,
    providers: new Map([sandbox, ...stripeIfConfigured(config)].map((provider) => [provider.name, provider])),
    timeoutMs: config.PAYMENT_PROVIDER_TIMEOUT_MS,
    pollMs: config.PAYMENT_POLL_MS,
    maxInFlight: config.PAYMENT_CALLS_AT_ONCE,
    logger,
    metrics: providerMetrics,
  });
  const app = createHttpApp({
    logger,
    metrics,
    routes: [
      ...webhookRoutes({ ...deps, clock: systemClock, countWebhook: providerMetrics.countWebhook }),
      ...paymentRoutes(deps),
    ],
    verifyToken: verifierFromSettings(config),
    problems,
    readiness: databaseAndBroker(db, broker),
  });
  const http = httpServerPart(app, { host: config.HOST, port: config.PAYMENT_SERVICE_PORT });
  const handlers = paymentCommandHandlers(deps);
  // The runner stops after what may still open attempts, and before the databases that it writes to.
  const parts: Part[] = [
    databasePart(db, logger),
    inboxKeeper({ db, logger }),
    createHousekeeping({ db, logger }),
    databasePart(sandboxDb, logger),
    redisPart(redis),
    runner,
    http,
    broker,
    createConsumer({ broker, db, queue: commandsQueue.name, handlers, urgencyOf: urgencyOfCommand, logger, metrics }),
    leasePart({ redis, service, url: address }),
  ];
  return { logger, port: http.port, start: () => startInOrder(parts), stop: () => stopInReverse(parts) };
}

function stripeIfConfigured(config: PaymentServiceConfig): PaymentProvider[] {
  const { STRIPE_SECRET_KEY: secretKey, STRIPE_WEBHOOK_SECRET: webhookSecret } = config;
  if (secretKey === undefined || webhookSecret === undefined) return [];
  return [createStripeProvider({ secretKey, webhookSecret, timeoutMs: config.PAYMENT_PROVIDER_TIMEOUT_MS })];
}
