import type { Trx } from '@sagacity/chassis/db/database';
import { inTransaction } from '@sagacity/chassis/db/transaction';
import type { Logger } from '@sagacity/chassis/logging/logger';
import { silentLogger } from '@sagacity/chassis/logging/logger';
import { cloneDatabase, type TestDatabase } from '@sagacity/chassis/test-kit/database';
import { Registry } from 'prom-client';
import { paymentCommandHandlers } from '../src/messaging/commands.ts';
import type { PaymentProvider } from '../src/providers/provider.ts';
import { createSandboxProvider } from '../src/providers/sandbox/sandbox-provider.ts';
import { createPayments, type PaymentsOptions } from '../src/worker/payments.ts';
import { createProviderMetrics } from '../src/worker/provider-metrics.ts';
import { type CommandOptions, commandMessage } from './commands.ts';
import { openPool } from './payment-fixture.ts';
import { type BooksView, readBooks, readView, type View } from './views.ts';

type Instance = ReturnType<typeof createPayments>;

/** Where a test steps into the transaction of a command. */
export interface Cuts {
  /** The command's record is claimed, its handler has not begun. */
  readonly claimed?: () => Promise<void>;
  /** The handler is done, and nothing is committed. */
  readonly handled?: () => Promise<void>;
}

/** Instances of the service's inner part on one database, for what must be cut between two transactions; commands are handed in directly. */
export interface DirectFixture {
  readonly database: TestDatabase;
  /** An instance; its runner works once it is started, and is stopped with the fixture. */
  instance(options?: Partial<PaymentsOptions>): Instance;
  /** An instance that dies right after each commit: what it opens it never calls. */
  dyingInstance(): Instance;
  sandbox: PaymentProvider;
  /** Handles a command in one transaction, as a consumer does. */
  handle(instance: Pick<Instance, 'deps'>, options: CommandOptions, cuts?: Cuts): Promise<void>;
  view(orderId: number): Promise<View>;
  books(orderId: number): Promise<BooksView>;
  /** What operators would have been told. */
  readonly anomalies: string[];
  stop(): Promise<void>;
}

export async function startDirect(): Promise<DirectFixture> {
  const database = await cloneDatabase('payments_db', 'payment_service');
  const sandboxDb = openPool(database);
  const anomalies: string[] = [];
  const logger: Logger = {
    ...silentLogger,
    error: (_message, facts) => void anomalies.push((facts as { anomaly: string }).anomaly),
  };
  const sandbox = createSandboxProvider({
    db: sandboxDb,
    webhookSecret: 'a webhook secret for tests',
    slowMs: 100,
    webhooks: { tellOf: async () => undefined },
  });
  const instances: Instance[] = [];
  const instance = (options: Partial<PaymentsOptions> = {}) => {
    const created = createPayments({
      db: database.db,
      providers: new Map([['sandbox', sandbox]]),
      timeoutMs: 2_000,
      pollMs: 10,
      maxInFlight: 16,
      leaseMs: 500,
      backoff: { minMs: 10, maxMs: 50 },
      logger,
      metrics: createProviderMetrics(new Registry()),
      ...options,
    });
    instances.push(created);
    return created;
  };
  return {
    database,
    instance,
    dyingInstance: () => {
      const { deps, runner } = instance();
      return { deps: { ...deps, start: () => undefined }, runner };
    },
    sandbox,
    handle: ({ deps }, options, cuts = {}) => handleDirectly(deps, database, options, cuts),
    view: (orderId) => readView(database.db, orderId),
    books: (orderId) => readBooks(database.db, orderId),
    anomalies,
    stop: async () => {
      await Promise.all(instances.map(({ runner }) => runner.stop()));
      await sandboxDb.destroy();
      await database.drop();
    },
  };
}

async function handleDirectly(
  deps: Instance['deps'],
  database: TestDatabase,
  options: CommandOptions,
  { claimed, handled }: Cuts,
): Promise<void> {
  const { body, properties } = commandMessage(options);
  const handler = paymentCommandHandlers(deps)[body.type];
  if (!handler) throw new Error(`no handler for ${body.type}`);
  const message = {
    messageId: properties.messageId,
    type: body.type,
    body,
    context: { correlationId: properties.correlationId, causationId: properties.headers.causation_id },
    retryCount: 0,
    redelivered: false,
  };
  const work = async (trx: Trx) => {
    await handler.prepare?.(trx, [message]);
    await claimed?.();
    await handler.handle(trx, message);
    await handled?.();
  };
  await inTransaction(database.db, work, { attempts: 1 });
}
