import { Registry } from 'prom-client';
import { createDatabase } from '../src/db/database.ts';
import { uuid7 } from '../src/ids/uuid7.ts';
import type { Part } from '../src/lifecycle/part.ts';
import { silentLogger } from '../src/logging/logger.ts';
import { type Broker, createBroker } from '../src/messaging/broker.ts';
import { type ConsumerOptions, createConsumer } from '../src/messaging/consumer.ts';
import { exchanges } from '../src/messaging/envelope.ts';
import { type HandlerTable, handler } from '../src/messaging/handlers.ts';
import { connectTo } from '../src/messaging/publisher.ts';
import type { QueueSpec } from '../src/messaging/topology.ts';
import { createVhost, type TestVhost } from '../test-kit/broker.ts';
import { cloneDatabase, type TestDatabase } from '../test-kit/database.ts';

export const queue: QueueSpec = {
  name: 'test-service.notes',
  bindings: [{ exchange: exchanges.events, keys: ['note.written'] }],
};

const note = {
  type: 'object',
  additionalProperties: false,
  required: ['text'],
  properties: { text: { type: 'string' } },
} as const;

/** A database with inbox, outbox and a table of notes, a virtual host, and consumers of one queue. */
export interface MessagingFixture {
  readonly database: TestDatabase;
  readonly vhost: TestVhost;
  readonly broker: Broker;
  /** Publishes a note, confirmed; returns its message id. */
  publish(text: string, messageId?: string): Promise<string>;
  publishRaw(content: string, properties?: object): Promise<void>;
  /** Starts a consumer; it is stopped with the fixture. */
  consume(handlers: HandlerTable, options?: Partial<ConsumerOptions>): Promise<Part>;
  notes(): Promise<string[]>;
  /** Messages that are ready in a queue. */
  depthOf(queueName: string): Promise<number>;
  stop(): Promise<void>;
}

export async function startMessaging(retryDelaysMs: readonly number[] = [50, 100]): Promise<MessagingFixture> {
  const database = await cloneDatabase('orders_db', 'order_service');
  await database.runAsAdmin(`
    CREATE TABLE notes (id bigint generated always as identity, text text, txid xid8 DEFAULT pg_current_xact_id());
    ALTER TABLE notes OWNER TO order_service`);
  const vhost = await createVhost();
  const broker = createBroker({
    url: vhost.url,
    service: 'test-service',
    queues: [queue],
    logger: silentLogger,
    retryDelaysMs,
  });
  await broker.start();
  // The management interface counts only every five seconds.
  const connection = await connectTo(vhost.url, 'test');
  // A test may have all connections closed.
  connection.on('error', () => undefined);
  const channel = await connection.createChannel();
  channel.on('error', () => undefined);
  const consumers: Part[] = [];
  const publishRaw = (content: string, properties: object = {}) =>
    broker.publish({
      exchange: exchanges.events,
      routingKey: 'note.written',
      content: Buffer.from(content),
      properties: { type: 'note.written', messageId: uuid7(), ...properties },
    });
  return {
    database,
    vhost,
    broker,
    publishRaw,
    publish: async (text, messageId = uuid7()) => {
      await publishRaw(JSON.stringify({ text }), { messageId });
      return messageId;
    },
    consume: async (handlers, options = {}) => {
      const consumer = createConsumer({
        broker,
        db: database.db,
        queue: queue.name,
        handlers,
        logger: silentLogger,
        metrics: new Registry(),
        ...options,
      });
      consumers.push(consumer);
      await consumer.start();
      return consumer;
    },
    notes: () => database.db('notes').orderBy('id').pluck('text'),
    depthOf: async (queueName) => (await channel.checkQueue(queueName)).messageCount,
    stop: async () => {
      for (const consumer of consumers) await consumer.stop();
      await broker.stop();
      await connection.close().catch(() => undefined);
      await vhost.drop();
      await database.drop();
    },
  };
}

/** Writes each note into the table, after what the test does first. */
export function writeNotes(first: (text: string) => void | Promise<void> = () => undefined): HandlerTable {
  return {
    'note.written': handler(note, async (trx, { body }) => {
      await first(body.text);
      await trx('notes').insert({ text: body.text });
    }),
  };
}

/** A pool that the test can take away: its database is closed and opened again by name. */
export async function terminateSessions(database: TestDatabase): Promise<void> {
  const admin = createDatabase({ url: database.url, applicationName: 'terminator', poolMax: 1 });
  await admin.raw(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()`,
  );
  await admin.destroy();
}
