import { groupCommit } from '@sagacity/chassis/db/group-commit';
import { createHttpApp } from '@sagacity/chassis/http/app';
import { createPlaces, type Places } from '@sagacity/chassis/http/places';
import { silentLogger } from '@sagacity/chassis/logging/logger';
import { toCents } from '@sagacity/chassis/money/cents';
import { createRedis, createSubscriber } from '@sagacity/chassis/redis/client';
import { cloneDatabase, type TestDatabase } from '@sagacity/chassis/test-kit/database';
import { serve, type TestServer } from '@sagacity/chassis/test-kit/http';
import { testServer } from '@sagacity/chassis/test-kit/servers';
import { createTestTokens, type TestTokens } from '@sagacity/chassis/test-kit/tokens';
import { Registry } from 'prom-client';
import type { Quote } from '../src/domain/quote-lines.ts';
import { listRoutes } from '../src/http/list-routes.ts';
import { orderRoutes } from '../src/http/order-routes.ts';
import { problems } from '../src/http/problems.ts';
import { trackingRoutes } from '../src/http/tracking-routes.ts';
import type { UseCaseDeps } from '../src/use-cases/deps.ts';
import { createOrderChanges } from '../src/waiting/order-changes.ts';

/** The order service's HTTP side on a real database and Redis, with a catalogue that the test fills. */
export interface OrderFixture {
  readonly database: TestDatabase;
  readonly server: TestServer;
  readonly tokens: TestTokens;
  readonly deps: UseCaseDeps;
  readonly places: Places;
  /** What the catalogue says; lamps at 10.00 of which there are plenty unless a test says otherwise. */
  readonly quotes: Map<number, Quote>;
  /** Events in the outbox by routing key, the oldest first. */
  events(): Promise<{ type: string; body: { data: Record<string, unknown>; aggregate: { version: number } } }[]>;
  stop(): Promise<void>;
}

/** How long things take and how many there may be, where a test cannot wait for the real figures; and who is asked for quotes instead of `quotes`. */
export interface OrderOptions {
  readonly heartbeatMs?: number;
  readonly longestMs?: number;
  readonly openRequests?: number;
  readonly fetchQuotes?: UseCaseDeps['fetchQuotes'];
}

export async function startOrders({
  heartbeatMs = 15_000,
  longestMs = 60_000,
  openRequests = 100,
  fetchQuotes,
}: OrderOptions = {}): Promise<OrderFixture> {
  const database = await cloneDatabase('orders_db', 'order_service');
  const tokens = createTestTokens();
  const quotes = new Map<number, Quote>();
  const url = testServer('TEST_REDIS_URL');
  const publisher = createRedis({ url, connectionName: 'orders test', logger: silentLogger });
  await publisher.connect();
  const subscriber = createSubscriber({ url, connectionName: 'orders test changes', logger: silentLogger });
  const changes = createOrderChanges({ publisher, subscriber, onError: () => undefined });
  await changes.start();
  const places = createPlaces(openRequests);
  const deps = {
    db: database.db,
    changes,
    commit: groupCommit(database.db),
    places,
    heartbeatMs,
    longestMs,
    announce: (orderId: number) => changes.announce(orderId),
    fetchQuotes: fetchQuotes ?? (async () => quotes),
    fetchPayments: async () => ({ items: [] }),
    defaultPayment: { provider: 'sandbox', token: 'tok_approve' },
  };
  const server = await serve(
    createHttpApp({
      logger: silentLogger,
      metrics: new Registry(),
      routes: [...listRoutes(deps), ...orderRoutes(deps), ...trackingRoutes(deps)],
      verifyToken: tokens.verify,
      problems,
      readiness: {},
    }),
  );
  return {
    database,
    server,
    tokens,
    deps,
    places,
    quotes,
    events: async () => {
      const rows = await database.db('outbox').orderBy('id').select('routing_key', 'payload');
      return rows.map(({ routing_key, payload }) => ({ type: routing_key, body: JSON.parse(payload) }));
    },
    stop: async () => {
      await places.stop();
      await server.stop();
      await changes.stop();
      publisher.disconnect();
      await database.drop();
    },
  };
}

export function aQuote(overrides: Partial<Quote> = {}): Quote {
  const quote = {
    productId: 1,
    name: 'Lamp',
    sku: 'L-1',
    priceCents: toCents(10),
    currency: 'EUR',
    available: 100,
    active: true,
  };
  return { ...quote, ...overrides };
}

export function anOrder(overrides: object = {}): object {
  return { items: [{ product_id: 1, quantity: 2 }], shipping_address: '1 Test Street', ...overrides };
}
