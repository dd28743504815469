import type { Trx } from '@sagacity/chassis/db/database';
import { inTransaction } from '@sagacity/chassis/db/transaction';
import { uuid7 } from '@sagacity/chassis/ids/uuid7';
import { silentLogger } from '@sagacity/chassis/logging/logger';
import { appendToOutbox } from '@sagacity/chassis/outbox/append';
import { createVhost, type TestVhost } from '@sagacity/chassis/test-kit/broker';
import { cloneDatabase, type TestDatabase } from '@sagacity/chassis/test-kit/database';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { type Channel, type ChannelModel, type ConsumeMessage, connect } from 'amqplib';
import { type BrokerConnection, createBrokerConnection } from '../src/broker/connection.ts';
import { createLane, type Lane, type LaneOptions } from '../src/lane/lane.ts';
import { defaultLimits, type LaneLimits } from '../src/lane/limits.ts';
import { createPace } from '../src/lane/pace.ts';
import type { LaneMetrics } from '../src/metrics.ts';

export interface AppendOptions {
  readonly aggregate?: string;
  readonly version?: number;
  readonly exchange?: string;
  readonly routingKey?: string;
  readonly body?: object;
  readonly messageId?: string;
}

export interface TestLane {
  readonly lane: Lane;
  readonly broker: BrokerConnection;
  readonly counts: { confirms: number; published: number; returned: number; nacked: number; buried: number };
  stop(): Promise<void>;
}

/** An outbox, a virtual host with the exchanges and a queue `events` that takes `order.#`, and lanes between them. */
export interface World {
  readonly database: TestDatabase;
  readonly vhost: TestVhost;
  readonly channel: Channel;
  readonly relayUrl: string;
  /** What arrived in `events`, in order. */
  readonly received: readonly ConsumeMessage[];
  append(options?: AppendOptions): Promise<void>;
  appendIn(trx: Trx, options?: AppendOptions): void;
  /** A leading lane with short times. */
  startLane(
    options?: Partial<Omit<LaneOptions, 'limits'>> & { amqpUrl?: string; limits?: Partial<LaneLimits> },
  ): Promise<TestLane>;
  rows<R extends object>(sql: string, values?: readonly string[]): Promise<R[]>;
  outboxSize(): Promise<number>;
  /** The versions that arrived of an aggregate, in order. */
  versions(aggregate: string): number[];
  /** Stops the lanes and waits until they are gone. */
  stopLanes(): Promise<void>;
  drop(): Promise<void>;
}

export const quickLimits: LaneLimits = {
  ...defaultLimits,
  pollMs: 50,
  minDelayMs: 50,
  maxDelayMs: 400,
  nackPauseMs: 50,
  housekeepingMs: 50,
  standbyMs: 20,
  graceMs: 100,
  peersMs: 60_000,
  stopWithinMs: 3_000,
};

export async function createWorld(): Promise<World> {
  const [database, vhost] = await Promise.all([cloneDatabase('orders_db', 'order_service'), createVhost()]);
  const connection: ChannelModel = await connect(vhost.url, { noDelay: true });
  const channel = await connection.createChannel();
  await declare(channel);
  const received: ConsumeMessage[] = [];
  await channel.consume('events', (message) => void (message && received.push(message)), { noAck: true });
  const relayUrl = new URL(database.url);
  relayUrl.username = 'outbox_relay';
  const lanes: TestLane[] = [];
  const world: World = {
    database,
    vhost,
    channel,
    relayUrl: relayUrl.href,
    received,
    append: (options) => inTransaction(database.db, async (trx) => world.appendIn(trx, options)),
    appendIn: (
      trx,
      { aggregate = '1', version = 1, exchange = 'shop.events', routingKey = 'order.created', ...rest } = {},
    ) =>
      appendToOutbox(trx, {
        messageId: rest.messageId ?? uuid7(),
        exchange,
        routingKey,
        aggregate: { type: 'order', id: aggregate, version },
        context: { correlationId: `order-${aggregate}`, causationId: 'cause-1', traceparent: '00-trace' },
        body: rest.body ?? { order: aggregate, version },
      }),
    startLane: async (options = {}) => {
      const started = await startLane(world, options);
      lanes.push(started);
      return started;
    },
    rows: async <R extends object>(sql: string, values: readonly string[] = []) =>
      (await database.db.raw(sql, [...values])).rows as R[],
    outboxSize: async () => (await world.rows<{ n: number }>('SELECT count(*)::int AS n FROM outbox'))[0]?.n ?? -1,
    versions: (aggregate) =>
      received
        .filter(({ properties }) => properties.headers?.['x-aggregate-id'] === aggregate)
        .map(({ properties }) => properties.headers?.['x-aggregate-version']),
    stopLanes: async () => {
      await Promise.all(lanes.splice(0).map((lane) => lane.stop()));
    },
    drop: async () => {
      await world.stopLanes();
      await connection.close();
      await Promise.all([database.drop(), vhost.drop()]);
    },
  };
  return world;
}

/** Resolves when the outbox is empty. */
export async function untilDrained(world: World, deadlineMs = 10_000): Promise<void> {
  await waitFor('the outbox is drained', async () => (await world.outboxSize()) === 0, deadlineMs);
}

/** The first appearances, in order. */
export function withoutRepetitions<T>(items: readonly T[]): T[] {
  return [...new Set(items)];
}

async function declare(channel: Channel): Promise<void> {
  await channel.assertExchange('shop.events', 'topic');
  await channel.assertExchange('shop.commands', 'topic');
  await channel.assertQueue('events', { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  await channel.bindQueue('events', 'shop.events', 'order.#');
}

let instances = 0;

async function startLane(
  world: World,
  {
    amqpUrl,
    limits,
    ...rest
  }: Partial<Omit<LaneOptions, 'limits'>> & { amqpUrl?: string; limits?: Partial<LaneLimits> },
): Promise<TestLane> {
  instances += 1;
  const counts = { confirms: 0, published: 0, returned: 0, nacked: 0, buried: 0 };
  const metrics: LaneMetrics = {
    settled: (_confirmed, returned, nacked) => {
      counts.returned += returned;
      counts.nacked += nacked;
    },
    published: (rows) => {
      counts.published += rows;
    },
    buried: (rows) => {
      counts.buried += rows;
    },
    confirmed: () => {
      counts.confirms += 1;
    },
  };
  const broker =
    rest.broker ??
    createBrokerConnection({
      url: amqpUrl ?? world.vhost.url,
      name: `outbox-relay@test-${instances}`,
      logger: silentLogger,
    });
  const lane = createLane({
    database: 'orders_db',
    url: world.relayUrl,
    producer: 'order-service',
    instance: `outbox-relay@test#${instances}`,
    pace: createPace(0),
    crowding: { isCrowded: () => false },
    logger: silentLogger,
    metrics,
    ...rest,
    broker,
    limits: { ...quickLimits, ...limits },
  });
  await broker.start();
  await lane.start();
  return {
    lane,
    broker,
    counts,
    stop: async () => {
      await lane.stop();
      await broker.stop();
    },
  };
}
