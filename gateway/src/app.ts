import { verifierFromSettings } from '@sagacity/chassis/auth/verifier-from-settings';
import { followLeases } from '@sagacity/chassis/discovery/leases';
import { httpServerPart } from '@sagacity/chassis/http/server';
import { startInOrder, stopInReverse } from '@sagacity/chassis/lifecycle/part';
import type { Application } from '@sagacity/chassis/lifecycle/run';
import { createLogger } from '@sagacity/chassis/logging/logger';
import { createMetrics } from '@sagacity/chassis/metrics/metrics';
import { createRedis, redisPart } from '@sagacity/chassis/redis/client';
import { type GatewayConfig, listOf } from './config.ts';
import { healthAggregate } from './health/aggregate.ts';
import { createChain } from './http/chain.ts';
import { redisRevocations } from './http/revocations.ts';
import { createLimiters } from './limits/limiters.ts';
import { createGatewayMetrics } from './metrics.ts';
import { routes, type Service } from './routes.ts';
import { createDirectory } from './upstreams/directory.ts';
import { defaultTimeouts } from './upstreams/forward.ts';
import { createForwarder } from './upstreams/proxy.ts';
import { RetryBudget } from './upstreams/retry-budget.ts';

/** The gateway: nothing of its own but the way of a request. It is ready when it listens; what it cannot reach it answers for. */
export function createGateway(config: GatewayConfig): Application {
  const logger = createLogger({ service: 'gateway', level: config.LOG_LEVEL });
  const registry = createMetrics('gateway');
  const metrics = createGatewayMetrics(registry);
  const redis = createRedis({ url: config.REDIS_URL, connectionName: 'gateway', logger });
  redis.on('ready', metrics.redisUse.succeeded);
  redis.on('close', metrics.redisUse.failed);
  const configured = addressesOf(config);
  const directory = createDirectory({ readLeases: () => followLeases(redis), configured, logger });
  const app = createChain({
    routes,
    logger,
    registry,
    metrics,
    directory,
    forwarder: createForwarder(),
    budget: new RetryBudget(),
    timeouts: defaultTimeouts,
    readiness: { staying: async () => refuseWhen(http.isLeaving()) },
    limiters: createLimiters(config, { redis, redisUse: metrics.redisUse }),
    verifyToken: verifierFromSettings(config),
    revocations: redisRevocations(redis, metrics.redisUse),
    healthOfAll: healthAggregate({
      services: Object.keys(configured) as Service[],
      instancesOf: (service) => directory.instancesOf(service),
    }),
    trustedProxies: listOf(config.TRUSTED_PROXIES),
    corsOrigins: listOf(config.CORS_ORIGINS),
  });
  const http = httpServerPart(app, { host: config.HOST, port: config.GATEWAY_PORT, leaveMs: config.LEAVE_MS });
  const parts = [redisPart(redis), directory, http];
  return { logger, start: () => startInOrder(parts), stop: () => stopInReverse(parts) };
}

/** Who looks at the readiness must send its clients elsewhere while there is still time. */
function refuseWhen(isLeaving: boolean): void {
  if (isLeaving) throw new Error('the gateway is leaving');
}

function addressesOf(config: GatewayConfig): Readonly<Record<Service, string>> {
  return {
    'user-service': config.USER_SERVICE_URL,
    'product-service': config.PRODUCT_SERVICE_URL,
    'order-service': config.ORDER_SERVICE_URL,
    'payment-service': config.PAYMENT_SERVICE_URL,
    'notification-service': config.NOTIFICATION_SERVICE_URL,
    'saga-orchestrator': config.SAGA_ORCHESTRATOR_URL,
    'outbox-relay': config.OUTBOX_RELAY_URL,
  };
}
