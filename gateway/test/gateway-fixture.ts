import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Logger, silentLogger } from '@sagacity/chassis/logging/logger';
import { createRedis } from '@sagacity/chassis/redis/client';
import { serve, type TestServer } from '@sagacity/chassis/test-kit/http';
import { testServer } from '@sagacity/chassis/test-kit/servers';
import { createTestTokens, type TestTokens } from '@sagacity/chassis/test-kit/tokens';
import type { Redis } from 'ioredis';
import { Registry } from 'prom-client';
import { listOf, readConfig } from '../src/config.ts';
import { healthAggregate } from '../src/health/aggregate.ts';
import { createChain } from '../src/http/chain.ts';
import { redisRevocations } from '../src/http/revocations.ts';
import { createLimiters } from '../src/limits/limiters.ts';
import { createGatewayMetrics } from '../src/metrics.ts';
import { routes, type Service } from '../src/routes.ts';
import { createDirectory } from '../src/upstreams/directory.ts';
import { createForwarder } from '../src/upstreams/proxy.ts';
import { RetryBudget } from '../src/upstreams/retry-budget.ts';

/** A service that a test plays: it keeps what it got and answers as told. */
export interface FakeService {
  readonly url: string;
  readonly requests: IncomingMessage[];
  readonly bodies: string[];
  stop(): Promise<void>;
}

export interface TestGateway {
  readonly server: TestServer;
  readonly tokens: TestTokens;
  readonly redis: Redis;
  /** Puts instances of a service in the place of the ones before, as new leases would. */
  place(service: Service, ...urls: string[]): Promise<void>;
  stop(): Promise<void>;
}

export async function fakeService(answer: RequestListener): Promise<FakeService> {
  const requests: IncomingMessage[] = [];
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => bodies.push(body));
    answer(request, response);
  });
  await listening(server);
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, requests, bodies, stop: () => closed(server) };
}

/** One of Redis' databases for a test file alone: what files that run side by side count must not add up. */
export function redisDatabase(number: number): string {
  const url = new URL(testServer('TEST_REDIS_URL'));
  url.pathname = `/${number}`;
  return url.href;
}

/** The gateway with its real chain and Redis, in front of instances that the test places. */
export async function startGateway(
  environment: Readonly<Record<string, string>>,
  redisUrl: string,
  logger: Logger = silentLogger,
): Promise<TestGateway> {
  const config = readConfig(environment);
  const tokens = createTestTokens();
  const registry = new Registry();
  const redis = createRedis({ url: redisUrl, connectionName: 'gateway test', logger: silentLogger });
  await redis.connect().catch(() => undefined);
  const leases = new Map<string, readonly string[]>();
  const nowhere = 'http://127.0.0.1:9';
  const services = [...new Set(routes.map(({ service }) => service))];
  const configured = Object.fromEntries(services.map((service) => [service, nowhere])) as Record<Service, string>;
  const directory = createDirectory({ readLeases: async () => leases, configured, logger: silentLogger });
  await directory.start();
  const metrics = createGatewayMetrics(registry);
  const app = createChain({
    routes,
    logger,
    registry,
    metrics,
    directory,
    forwarder: createForwarder(),
    budget: new RetryBudget(),
    timeouts: { readMs: 600, writeMs: 600 },
    readiness: {},
    limiters: createLimiters(config, { redis, redisUse: metrics.redisUse }),
    verifyToken: tokens.verify,
    revocations: redisRevocations(redis, metrics.redisUse),
    healthOfAll: healthAggregate({ services, instancesOf: (service) => directory.instancesOf(service) }),
    trustedProxies: listOf(config.TRUSTED_PROXIES),
    corsOrigins: listOf(config.CORS_ORIGINS),
  });
  const server = await serve(app);
  return {
    server,
    tokens,
    redis,
    place: async (service, ...urls) => {
      leases.set(service, urls);
      await directory.refresh();
    },
    stop: async () => {
      await server.stop();
      await directory.stop();
      redis.disconnect();
    },
  };
}

/** Forgets what the limiters counted, so that tests do not share limits. */
export async function forgetLimits(redis: Redis): Promise<void> {
  const keys = await redis.keys('limit:*');
  if (keys.length > 0) await redis.del(keys);
}

function listening(server: Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
