import { createServer } from 'node:http';
import { createDatabase, type Db } from '@sagacity/chassis/db/database';
import { httpServerPart } from '@sagacity/chassis/http/server';
import { silentLogger } from '@sagacity/chassis/logging/logger';
import { type Broker, createBroker } from '@sagacity/chassis/messaging/broker';
import { createVhost } from '@sagacity/chassis/test-kit/broker';
import { cloneDatabase, type TestDatabase } from '@sagacity/chassis/test-kit/database';
import { callHttp, type HttpAnswer, type HttpCall } from '@sagacity/chassis/test-kit/http';
import { testServer } from '@sagacity/chassis/test-kit/servers';
import { createTestTokens, type TestTokens } from '@sagacity/chassis/test-kit/tokens';
import { createPaymentService } from '../src/app.ts';
import { readConfig } from '../src/config.ts';
import { type CommandOptions, commandMessage } from './commands.ts';
import { type BooksView, readBooks, readView, type View } from './views.ts';

export const webhookSecret = 'a webhook secret for tests';

/** The whole payment service on a real database, broker and Redis; no relay, so that the outbox shows all that was said. */
export interface PaymentFixture {
  readonly database: TestDatabase;
  readonly tokens: TestTokens;
  readonly environment: Readonly<Record<string, string>>;
  /** Publishes a command as the orchestrator does; confirmed by the broker. */
  send(options: CommandOptions): Promise<void>;
  url(): string;
  call(method: string, path: string, options?: HttpCall): Promise<HttpAnswer>;
  /** What the service believes and has said about an order. */
  view(orderId: number): Promise<View>;
  /** What the provider's own books say about an order. */
  books(orderId: number): Promise<BooksView>;
  restart(): Promise<void>;
  stopService(): Promise<void>;
  stop(): Promise<void>;
}

export async function startPayments(settings: Readonly<Record<string, string>> = {}): Promise<PaymentFixture> {
  const database = await cloneDatabase('payments_db', 'payment_service');
  const vhost = await createVhost();
  const tokens = createTestTokens();
  const jwks = await serveJwks(tokens);
  const environment = {
    DATABASE_URL: database.url,
    AMQP_URL: vhost.url,
    REDIS_URL: testServer('TEST_REDIS_URL'),
    JWKS_URL: jwks.url,
    PAYMENT_SERVICE_PORT: '0',
    PAYMENT_PROVIDER_TIMEOUT_MS: '300',
    PAYMENT_POLL_MS: '20',
    SANDBOX_SLOW_MS: '200',
    SANDBOX_WEBHOOK_SECRET: webhookSecret,
    LOG_LEVEL: 'error',
    ...settings,
  };
  const publisher = createBroker({ url: vhost.url, service: 'test', queues: [], logger: silentLogger });
  await publisher.start();
  const start = async () => {
    const started = createPaymentService(readConfig(environment));
    await started.start();
    return started;
  };
  let service = await start();
  const url = () => `http://127.0.0.1:${service.port()}`;
  return {
    database,
    tokens,
    environment,
    send: (options) => publish(publisher, options),
    url,
    call: (method, path, options) => callHttp(url(), method, path, options),
    view: (orderId) => readView(database.db, orderId),
    books: (orderId) => readBooks(database.db, orderId),
    restart: async () => {
      await service.stop();
      service = await start();
    },
    stopService: () => service.stop(),
    stop: async () => {
      await service.stop();
      await publisher.stop();
      await jwks.stop();
      await vhost.drop();
      await database.drop();
    },
  };
}

/** A second pool on the fixture's database, for what must not share connections. */
export function openPool(database: TestDatabase): Db {
  return createDatabase({ url: database.url, applicationName: 'test', poolMax: 5 });
}

async function publish(broker: Broker, options: CommandOptions): Promise<void> {
  const { body, properties } = commandMessage(options);
  await broker.publish({
    exchange: 'shop.commands',
    routingKey: body.type,
    content: Buffer.from(JSON.stringify(body)),
    properties,
  });
}

async function serveJwks(tokens: TestTokens) {
  const server = createServer((_request, response) => response.end(JSON.stringify(tokens.jwks)));
  const part = httpServerPart((request, response) => server.emit('request', request, response), {
    host: '127.0.0.1',
    port: 0,
  });
  await part.start();
  return { url: `http://127.0.0.1:${part.port()}/.well-known/jwks.json`, stop: () => part.stop() };
}
