import { hostname } from 'node:os';
import { createJwksKeyFinder } from '@sagacity/chassis/auth/jwks';
import { createTokenVerifier } from '@sagacity/chassis/auth/token-verifier';
import { leasePart, reachableUrl } from '@sagacity/chassis/discovery/lease';
import { createHttpApp } from '@sagacity/chassis/http/app';
import { httpServerPart } from '@sagacity/chassis/http/server';
import { type Part, startInOrder, stopInReverse } from '@sagacity/chassis/lifecycle/part';
import type { Application } from '@sagacity/chassis/lifecycle/run';
import { createLogger } from '@sagacity/chassis/logging/logger';
import { createMetrics } from '@sagacity/chassis/metrics/metrics';
import { createRedis, redisPart } from '@sagacity/chassis/redis/client';
import { createBrokerConnection } from './broker/connection.ts';
import { createQueueDepths } from './broker/queue-depths.ts';
import type { RelayConfig } from './config.ts';
import { watchedQueues } from './consumers.ts';
import { outboxRoutes } from './http/outbox-routes.ts';
import { createLane, type Lane } from './lane/lane.ts';
import { instancePrefix } from './lane/lease.ts';
import { defaultLimits } from './lane/limits.ts';
import { createPace } from './lane/pace.ts';
import { createRelayMetrics } from './metrics.ts';
import { pokesPart } from './pokes.ts';
import { producers } from './producers.ts';
import { createOutboxReaders } from './queries/outbox-readers.ts';

const service = 'outbox-relay';

/** The relay, ready to start: a lane for each database, one connection to the broker for all of them. */
export function createRelay(config: RelayConfig): Application {
  const logger = createLogger({ service, level: config.LOG_LEVEL });
  const registry = createMetrics(service);
  const host = hostname().slice(0, 40);
  const instance = `${instancePrefix}${host}#${process.pid}`;
  const broker = createBrokerConnection({ url: config.AMQP_URL, name: `${service}@${host}`, logger });
  const readers = createOutboxReaders(config.databases, logger);
  const lanes: Lane[] = [];
  const metrics = createRelayMetrics({
    registry,
    instance,
    leases: () => new Map(lanes.map((lane) => [lane.database, lane.state() === 'leading'])),
    states: () => readers.readAll(),
    brokerState: () => broker.state(),
  });
  const limits = {
    ...defaultLimits,
    batchSize: config.OUTBOX_BATCH_SIZE,
    window: config.OUTBOX_WINDOW,
    pollMs: config.OUTBOX_POLL_MS,
    attemptsLimit: config.OUTBOX_ATTEMPTS_LIMIT,
  };
  const pace = createPace(config.OUTBOX_CATCH_UP_PER_SECOND);
  const crowding = createQueueDepths({
    openChannel: () => broker.openChannel(),
    queues: watchedQueues,
    limit: config.OUTBOX_CATCH_UP_QUEUE_DEPTH,
    logger,
  });
  for (const { name: database, url } of config.databases) {
    const producer = producers.get(database) ?? database;
    const shared = { database, url, producer, instance, broker, limits, pace, crowding };
    lanes.push(createLane({ ...shared, metrics: metrics.forLane(database), logger: logger.child({ database }) }));
  }
  const redis = createRedis({ url: config.REDIS_URL, connectionName: service, logger });
  const pokes = pokesPart({
    redisUrl: config.REDIS_URL,
    connectionName: `${service} pokes`,
    logger,
    onPoke: (database) => lanes.find((lane) => lane.database === database)?.poke(),
  });
  const app = createHttpApp({
    logger,
    metrics: registry,
    routes: outboxRoutes({ readers }),
    verifyToken: createTokenVerifier({
      findKey: createJwksKeyFinder({ url: config.JWKS_URL }),
      issuer: config.JWT_ISSUER,
      audience: config.JWT_AUDIENCE,
    }),
    readiness: {
      broker: async () => {
        if (broker.state() !== 'up') throw new Error(broker.state());
      },
      ...Object.fromEntries(lanes.map((lane) => [lane.name, async () => lane.check()])),
    },
    problems: {},
  });
  const server = httpServerPart(app, { host: config.HOST, port: config.OUTBOX_RELAY_PORT });
  const url = () => reachableUrl(config.HOST, server.port(), redis);
  // Lanes start and stop side by side: each may wait for confirms.
  const laneParts: Part = {
    name: 'lanes',
    start: async () => void (await Promise.all(lanes.map((lane) => lane.start()))),
    stop: async () => void (await Promise.all(lanes.map((lane) => lane.stop()))),
  };
  const parts = [readers, server, redisPart(redis), broker, laneParts, pokes, leasePart({ redis, service, url })];
  return {
    logger,
    start: async () => {
      await startInOrder(parts);
      logger.info('relay is running', { instance, port: server.port(), databases: readers.databases });
    },
    stop: () => stopInReverse(parts),
  };
}
