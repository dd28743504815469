import { randomUUID } from 'node:crypto';
import { inTransaction } from '@sagacity/chassis/db/transaction';
import { uuid7 } from '@sagacity/chassis/ids/uuid7';
import { appendToOutbox } from '@sagacity/chassis/outbox/append';
import { createPoke, registerPoke } from '@sagacity/chassis/outbox/poke';
import { connect } from 'amqplib';
import { Redis } from 'ioredis';
import { setting } from '../bench.ts';
import { startReference, startRelay } from '../relay/drainers.ts';
import { type OutboxWorld, openOutboxWorld } from '../relay/outbox-world.ts';
import type { Way } from './measure-latency.ts';

const aggregates = 1_000;
const filler = 'x'.repeat(489);

/** The ways, ready to send; each has a database and a virtual host of its own. */
export function startWays(names: { relay: string; polling: string; brokerAlone: string }): Promise<Way[]> {
  return Promise.all([relayWay(names.relay), pollingWay(names.polling), brokerWay(names.brokerAlone)]);
}

/** As a service does it: a row of the aggregate and the outbox in one transaction, a poke after the commit. */
async function relayWay(what: string): Promise<Way> {
  const world = await openWorld();
  const { db } = world.database;
  const redis = new Redis(setting('TEST_REDIS_URL'));
  const publish = (channel: string, message: string) => redis.publish(channel, message);
  registerPoke(db, createPoke({ database: 'orders_db', publish, onError: fail }));
  const relay = await startRelay(world);
  const { arrivals, close } = await consume(world);
  let sent = 0;
  return {
    what,
    arrivals,
    newId: uuid7,
    send: (messageId) => {
      const id = sent++ % aggregates;
      return inTransaction(db, async (trx) => {
        const { rows } = await trx.raw('UPDATE aggregates SET version = version + 1 WHERE id = ? RETURNING version', [
          id,
        ]);
        appendToOutbox(trx, {
          messageId,
          exchange: 'shop.events',
          routingKey: 'order.created',
          aggregate: { type: 'order', id: String(id), version: Number(rows[0].version) },
          context: { correlationId: messageId },
          body: { data: filler },
        });
      });
    },
    stop: async () => {
      await relay.stop();
      redis.disconnect();
      await close();
    },
  };
}

async function pollingWay(what: string): Promise<Way> {
  const world = await openWorld();
  const { database, vhost } = world;
  await database.runAsAdmin(`
    GRANT CREATE ON DATABASE ${database.name} TO order_service;
    GRANT CREATE ON SCHEMA public TO order_service`);
  const addresses = { DATABASE_URL: database.url, DATABASE_NAME: database.name, AMQP_URL: vhost.url };
  const reference = await startReference('references/polling.mjs', addresses);
  await reference.go(0);
  const { arrivals, close } = await consume(world);
  let sent = 0;
  return {
    what,
    arrivals,
    newId: randomUUID,
    send: async (messageId) => {
      const id = sent++ % aggregates;
      const client = await world.pool.connect();
      try {
        await client.query('BEGIN');
        await client.query('UPDATE aggregates SET version = version + 1 WHERE id = $1', [id]);
        await client.query(
          `INSERT INTO polled_outbox (id, aggregate_type, aggregate_id, message_type, segment, payload)
           VALUES ($1, 'order', $2::text, 'order.created', $2::text, $3)`,
          [messageId, String(id), JSON.stringify({ data: filler })],
        );
        await client.query('COMMIT');
      } finally {
        client.release();
      }
    },
    stop: async () => {
      await reference.stop();
      await close();
    },
  };
}

/** What is left without an outbox: a confirm channel, from publishing on. */
async function brokerWay(what: string): Promise<Way> {
  const world = await openWorld();
  const connection = await connect(world.vhost.url, { noDelay: true });
  const channel = await connection.createConfirmChannel();
  const { arrivals, close } = await consume(world);
  const content = Buffer.from(JSON.stringify({ data: filler }));
  return {
    what,
    arrivals,
    newId: randomUUID,
    send: async (messageId) => {
      channel.publish('shop.events', 'order.created', content, { messageId, persistent: true, mandatory: true });
    },
    stop: async () => {
      await connection.close();
      await close();
    },
  };
}

async function openWorld(): Promise<OutboxWorld> {
  const world = await openOutboxWorld();
  await world.database.runAsAdmin(`
    CREATE TABLE aggregates (id int PRIMARY KEY, version bigint NOT NULL DEFAULT 0) WITH (fillfactor = 50);
    ALTER TABLE aggregates OWNER TO order_service;
    INSERT INTO aggregates SELECT n FROM generate_series(0, ${aggregates - 1}) AS n`);
  return world;
}

async function consume(world: OutboxWorld): Promise<{ arrivals: Map<string, number>; close(): Promise<void> }> {
  const connection = await connect(world.vhost.url, { noDelay: true });
  const channel = await connection.createChannel();
  await channel.prefetch(200);
  const arrivals = new Map<string, number>();
  await channel.consume('events', (message) => {
    if (!message) return fail(new Error('the consumer was cancelled'));
    const id = String(message.properties.messageId);
    // A repetition is not an arrival.
    if (!arrivals.has(id)) arrivals.set(id, performance.now());
    channel.ack(message);
  });
  return {
    arrivals,
    close: async () => {
      await connection.close();
      await world.drop();
    },
  };
}

function fail(error: unknown): never {
  throw error;
}
