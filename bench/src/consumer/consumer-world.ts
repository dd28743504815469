import { uuid7 } from '@sagacity/chassis/ids/uuid7';
import { silentLogger } from '@sagacity/chassis/logging/logger';
import { type Broker, createBroker } from '@sagacity/chassis/messaging/broker';
import { createVhost, type TestVhost } from '@sagacity/chassis/test-kit/broker';
import { cloneDatabase, type TestDatabase } from '@sagacity/chassis/test-kit/database';
import { connect } from 'amqplib';

export const queue = 'bench-service.orders';
export const messageType = 'order.counted';
export const aggregates = 1_000;

/** A consumer at work. */
export interface Running {
  stop(): Promise<void>;
}

/** A queue as the services have them, and a database with inbox, outbox and a table to update. */
export interface ConsumerWorld {
  readonly database: TestDatabase;
  readonly vhost: TestVhost;
  readonly broker: Broker;
  /** Empties inbox and outbox, and puts that many messages of 500 bytes into the queue. */
  fill(messages: number): Promise<void>;
  /** The number of outbox rows, as long as nothing is rolled back. */
  lastOutboxId(): Promise<number>;
  /** Throws unless each message had its effect exactly once. */
  verify(messages: number): Promise<void>;
  drop(): Promise<void>;
}

export async function openConsumerWorld(): Promise<ConsumerWorld> {
  const [database, vhost] = await Promise.all([cloneDatabase('orders_db', 'order_service'), createVhost()]);
  await database.runAsAdmin(`
    CREATE TABLE counts (id int PRIMARY KEY, n bigint NOT NULL DEFAULT 0) WITH (fillfactor = 50);
    ALTER TABLE counts OWNER TO order_service;
    INSERT INTO counts SELECT n FROM generate_series(0, ${aggregates - 1}) AS n`);
  const queues = [{ name: queue, bindings: [{ exchange: 'shop.events' as const, keys: [messageType] }] }];
  const broker = createBroker({ url: vhost.url, service: 'bench-service', queues, logger: silentLogger });
  await broker.start();
  const connection = await connect(vhost.url, { noDelay: true });
  const channel = await connection.createConfirmChannel();
  return {
    database,
    vhost,
    broker,
    fill: async (messages) => {
      await database.runAsAdmin('TRUNCATE inbox, outbox RESTART IDENTITY');
      await database.db.raw('UPDATE counts SET n = 0');
      for (let n = 0; n < messages; n += 1) {
        const content = Buffer.from(JSON.stringify({ id: n % aggregates, data: 'x'.repeat(476) }));
        const options = { messageId: uuid7(), type: messageType, persistent: true, mandatory: true };
        channel.publish('shop.events', messageType, content, options);
        if (n % 1_000 === 999) await channel.waitForConfirms();
      }
      await channel.waitForConfirms();
    },
    lastOutboxId: async () => Number((await database.db('outbox').max('id as id'))[0]?.id ?? 0),
    verify: async (messages) => {
      const { rows } = await database.db.raw(
        `SELECT (SELECT count(*) FROM inbox)::int AS inbox, (SELECT count(*) FROM outbox)::int AS outbox,
           (SELECT sum(n) FROM counts)::int AS counted`,
      );
      const [{ inbox, outbox, counted }] = rows;
      if (inbox === messages && outbox === messages && counted === messages) return;
      throw new Error(
        `${messages} messages left ${inbox} in the inbox, ${outbox} in the outbox and a count of ${counted}`,
      );
    },
    drop: async () => {
      await broker.stop();
      await connection.close();
      await Promise.all([database.drop(), vhost.drop()]);
    },
  };
}
