import { createVhost, type TestVhost } from '@sagacity/chassis/test-kit/broker';
import { cloneDatabase, type TestDatabase } from '@sagacity/chassis/test-kit/database';
import { type Channel, connect } from 'amqplib';
import { Redis } from 'ioredis';
import pg from 'pg';
import { setting } from '../bench.ts';

/** An outbox of 500-byte rows, and one quorum queue that takes what is drained out of it. */
export interface OutboxWorld {
  readonly database: TestDatabase;
  readonly vhost: TestVhost;
  /** The database, as the role of the relay. */
  readonly relayUrl: string;
  readonly pool: pg.Pool;
  /** Commits that many rows of a thousand aggregates at once, and pokes the relay. */
  fill(rows: number): Promise<void>;
  /** The rows of the outbox of pg-transactional-outbox. */
  fillForPolling(rows: number): Promise<void>;
  isEmpty(table: 'outbox' | 'polled_outbox'): Promise<boolean>;
  /** Messages in the queue. */
  arrived(): Promise<number>;
  purge(): Promise<void>;
  drop(): Promise<void>;
}

const aggregates = 1_000;
const queue = 'events';

/** A JSON text of 500 bytes. */
const payload = `'{"data":"' || repeat('x', 489) || '"}'`;

export async function openOutboxWorld(): Promise<OutboxWorld> {
  const [database, vhost] = await Promise.all([cloneDatabase('orders_db', 'order_service'), createVhost()]);
  const connection = await connect(vhost.url, { noDelay: true });
  const channel = await connection.createChannel();
  await declare(channel);
  const redis = new Redis(setting('TEST_REDIS_URL'));
  const relayUrl = new URL(database.url);
  relayUrl.username = 'outbox_relay';
  const pool = new pg.Pool({ connectionString: database.url, max: 4 });
  return {
    database,
    vhost,
    relayUrl: relayUrl.href,
    pool,
    fill: async (rows) => {
      await pool.query(
        `INSERT INTO outbox (message_id, routing_key, aggregate_type, aggregate_id, aggregate_version, headers, payload)
         SELECT gen_random_uuid(), 'order.created', 'order', n % ${aggregates}, n / ${aggregates} + 1,
           '{"correlation_id":"order-' || n % ${aggregates} || '"}', ${payload}
         FROM generate_series(1, $1::int) AS n ORDER BY n`,
        [rows],
      );
      await redis.publish('outbox:poke', 'orders_db');
    },
    fillForPolling: async (rows) => {
      await pool.query(
        `INSERT INTO polled_outbox (id, aggregate_type, aggregate_id, message_type, segment, payload)
         SELECT gen_random_uuid(), 'order', n % ${aggregates}, 'order.created', n % ${aggregates}, (${payload})::jsonb
         FROM generate_series(1, $1::int) AS n ORDER BY n`,
        [rows],
      );
    },
    isEmpty: async (table) => {
      // The last row goes last, and it is found without stepping over all that went before.
      const sql =
        table === 'outbox'
          ? 'SELECT FROM outbox ORDER BY id DESC LIMIT 1'
          : 'SELECT FROM polled_outbox WHERE processed_at IS NULL LIMIT 1';
      return (await pool.query(sql)).rowCount === 0;
    },
    arrived: async () => (await channel.checkQueue(queue)).messageCount,
    purge: async () => void (await channel.purgeQueue(queue)),
    drop: async () => {
      redis.disconnect();
      await pool.end();
      await connection.close();
      await Promise.all([database.drop(), vhost.drop()]);
    },
  };
}

async function declare(channel: Channel): Promise<void> {
  await channel.assertExchange('shop.events', 'topic');
  await channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  await channel.bindQueue(queue, 'shop.events', '#');
}
