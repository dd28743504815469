import { createHttpApp } from '@sagacity/chassis/http/app';
import { silentLogger } from '@sagacity/chassis/logging/logger';
import { createRedis, redisPart } from '@sagacity/chassis/redis/client';
import { cloneDatabase, type TestDatabase } from '@sagacity/chassis/test-kit/database';
import { type HttpCall, serve, type TestServer } from '@sagacity/chassis/test-kit/http';
import { testServer } from '@sagacity/chassis/test-kit/servers';
import { createTestTokens, type TestTokens } from '@sagacity/chassis/test-kit/tokens';
import { Registry } from 'prom-client';
import { cacheMetrics } from '../src/cache/cache-metrics.ts';
import { CatalogueCache } from '../src/cache/catalogue-cache.ts';
import { adminRoutes } from '../src/http/admin-routes.ts';
import { catalogueRoutes } from '../src/http/catalogue-routes.ts';
import { categoryRoutes } from '../src/http/category-routes.ts';
import { importRoutes } from '../src/http/import-routes.ts';
import { problems } from '../src/http/problems.ts';
import { createImportWorker, type ImportWorker } from '../src/imports/import-worker.ts';

/** The product service's HTTP side on a real database. */
export interface ProductFixture {
  readonly database: TestDatabase;
  readonly server: TestServer;
  readonly tokens: TestTokens;
  readonly cache: CatalogueCache;
  readonly metrics: Registry;
  /** A worker for imports that was not started. */
  createWorker(): ImportWorker;
  asAdmin(method: string, path: string, body?: object, headers?: HttpCall['headers']): ReturnType<TestServer['call']>;
  /** Adds a product through the API; returns its id. */
  addProduct(fields?: object): Promise<number>;
  /** Counters of a product: on hand, reserved, sold. */
  countersOf(productId: number): Promise<{ onHand: number; reserved: number; sold: number }>;
  /** Rows in which ledger and counters, or reservations and counters, disagree. */
  breaches(): Promise<unknown[]>;
  stop(): Promise<void>;
}

let added = 0;

export async function startProducts(): Promise<ProductFixture> {
  const database = await cloneDatabase('products_db', 'product_service');
  const { db } = database;
  const tokens = createTestTokens();
  const metrics = new Registry();
  const redis = createRedis({
    url: testServer('TEST_REDIS_URL'),
    connectionName: database.name,
    logger: silentLogger,
    gathersTurns: true,
  });
  const cache = new CatalogueCache({ redis, metrics: cacheMetrics(metrics), prefix: database.name });
  await redisPart(redis).start();
  const app = createHttpApp({
    logger: silentLogger,
    metrics,
    routes: [
      ...catalogueRoutes({ db, cache }),
      ...categoryRoutes({ db, cache }),
      ...importRoutes({ db, wakeWorker: () => undefined }),
      ...adminRoutes({ db, cache }),
    ],
    verifyToken: tokens.verify,
    problems,
    readiness: {},
  });
  const server = await serve(app);
  const asAdmin: ProductFixture['asAdmin'] = (method, path, body, headers) =>
    server.call(method, path, {
      token: tokens.issue({ roles: ['admin'] }),
      ...(body === undefined ? {} : { body }),
      ...(headers === undefined ? {} : { headers }),
    });
  return {
    database,
    server,
    tokens,
    cache,
    metrics,
    createWorker: () => createImportWorker({ db, cache, logger: silentLogger, pollMs: 50 }),
    asAdmin,
    addProduct: async (fields = {}) => {
      added += 1;
      const body = { name: `Product ${added}`, price: 10, stock_quantity: 10, sku: `SKU-${added}`, ...fields };
      const { status, body: product } = await asAdmin('POST', '/products', body);
      if (status !== 201) throw new Error(`product answered ${status}: ${JSON.stringify(product)}`);
      return product.id;
    },
    countersOf: async (productId) => {
      const row = await db('products').where({ id: productId }).first('stock_quantity', 'reserved', 'sold');
      return { onHand: row.stock_quantity, reserved: row.reserved, sold: row.sold };
    },
    breaches: async () => {
      const { rows } = await db.raw(`
        SELECT p.id, p.stock_quantity, p.reserved, p.sold, m.on_hand, m.held, r.held AS reservations, r.sold AS bought
        FROM products p
        LEFT JOIN (SELECT product_id, sum(on_hand_delta) AS on_hand, sum(reserved_delta) AS held
                   FROM stock_movements GROUP BY 1) m ON m.product_id = p.id
        LEFT JOIN (SELECT product_id, sum(quantity) FILTER (WHERE state = 'reserved') AS held,
                     sum(quantity) FILTER (WHERE state = 'committed') AS sold
                   FROM stock_reservations GROUP BY 1) r ON r.product_id = p.id
        WHERE p.stock_quantity <> coalesce(m.on_hand, 0) OR p.reserved <> coalesce(m.held, 0)
          OR p.reserved <> coalesce(r.held, 0) OR p.sold <> coalesce(r.sold, 0)`);
      return rows;
    },
    stop: async () => {
      await server.stop();
      await cache.stop();
      redis.disconnect();
      await database.drop();
    },
  };
}
