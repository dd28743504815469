import { setTimeout as delay } from 'node:timers/promises';
import { createDatabase, type Db } from '@sagacity/chassis/db/database';
import { uuid7 } from '@sagacity/chassis/ids/uuid7';
import { silentLogger } from '@sagacity/chassis/logging/logger';
import { type Broker, createBroker } from '@sagacity/chassis/messaging/broker';
import { createConsumer } from '@sagacity/chassis/messaging/consumer';
import { createDeadLetters, type DeadLetters } from '@sagacity/chassis/messaging/dead-letters';
import { exchanges } from '@sagacity/chassis/messaging/envelope';
import { deadLettersQueue } from '@sagacity/chassis/messaging/topology';
import { createVhost } from '@sagacity/chassis/test-kit/broker';
import { cloneDatabase, type TestDatabase } from '@sagacity/chassis/test-kit/database';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { Registry } from 'prom-client';
import type { SagaDetail } from '../src/contract/saga-detail.ts';
import { orderEventHandlers, orderEventsQueue } from '../src/messaging/order-events.ts';
import { repliesQueue, replyHandlers } from '../src/messaging/replies.ts';
import { createSagaCache } from '../src/persistence/saga-cache.ts';
import { readSaga } from '../src/queries/read-saga.ts';
import { catalogue } from '../src/sagas/catalogue.ts';
import { createTimerLoop } from '../src/timers/timer-loop.ts';
import { createSagaSessions, type SagaSessions } from '../src/use-cases/saga-session.ts';
import { type OrderEvent, orderCancelRequested, orderCreated } from './order-messages.ts';
import { type Participants, startParticipants } from './participants.ts';

/** One instance of the orchestrator: consumers and timers of its own, on a pool of its own. */
export interface Instance {
  readonly db: Db;
  readonly sessions: SagaSessions;
  stop(): Promise<void>;
}

/** Database, broker, relay and participants around any number of orchestrators. */
export interface SagaFixture {
  readonly database: TestDatabase;
  readonly db: Db;
  readonly broker: Broker;
  readonly participants: Participants;
  readonly letters: DeadLetters;
  purge(queue: string): Promise<void>;
  startInstance(): Promise<Instance>;
  /** Publishes an event of an order; returns the event's message id. */
  publish(event: OrderEvent): Promise<string>;
  /** Publishes `order.created` of a new order; returns the saga's id. */
  placeOrder(orderId: number): Promise<string>;
  cancelOrder(orderId: number, sagaId: string): Promise<string>;
  read(sagaId: string): Promise<SagaDetail>;
  /** Resolves when the saga is in the state. */
  reaches(sagaId: string, state: SagaDetail['state']): Promise<SagaDetail>;
  stop(): Promise<void>;
}

export async function startSagas(): Promise<SagaFixture> {
  const database = await cloneDatabase('sagas_db', 'saga_orchestrator');
  const { db } = database;
  const vhost = await createVhost();
  const broker = createBroker({
    url: vhost.url,
    service: 'saga-orchestrator',
    queues: [orderEventsQueue, repliesQueue],
    sharedQueues: [deadLettersQueue],
    logger: silentLogger,
    retryDelaysMs: [50, 100],
  });
  await broker.start();
  const participants = await startParticipants(vhost.url);
  const relay = startRelay(db, broker);
  const instances: Instance[] = [];

  const publish = async (event: OrderEvent) => {
    await broker.publish({
      exchange: exchanges.events,
      routingKey: event.type,
      content: Buffer.from(JSON.stringify(event)),
      properties: { messageId: event.event_id, type: event.type, headers: { traceparent } },
    });
    return event.event_id;
  };
  const read = (sagaId: string) => readSaga(db, catalogue, sagaId);
  return {
    database,
    db,
    broker,
    participants,
    letters: createDeadLetters({ url: vhost.url, service: 'test' }),
    purge: async (queue) => void (await vhost.management('DELETE', `/queues/${vhost.name}/${queue}/contents`)),
    publish,
    startInstance: async () => {
      const instance = await startInstance(database.url, broker);
      instances.push(instance);
      return instance;
    },
    placeOrder: async (orderId) => {
      const sagaId = uuid7();
      await publish(orderCreated(orderId, sagaId));
      return sagaId;
    },
    cancelOrder: (orderId, sagaId) => publish(orderCancelRequested(orderId, sagaId)),
    read,
    reaches: (sagaId, state) =>
      waitFor(`saga ${state}`, async () => {
        const saga = await read(sagaId);
        if (saga.state === state) return saga;
        throw new Error(`it is ${saga.state} at ${saga.step}: ${saga.timeline.map(({ kind }) => kind).join(' ')}`);
      }),
    stop: async () => {
      for (const instance of instances) await instance.stop();
      await relay.stop();
      await participants.stop();
      await broker.stop();
      await vhost.drop();
      await database.drop();
    },
  };
}

export const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

async function startInstance(url: string, broker: Broker): Promise<Instance> {
  const db = createDatabase({ url, applicationName: 'instance', poolMax: 4 });
  const sessions = createSagaSessions(catalogue, createSagaCache(), () => undefined);
  const common = { broker, db, logger: silentLogger };
  const parts = [
    createConsumer({
      ...common,
      metrics: new Registry(),
      queue: orderEventsQueue.name,
      handlers: orderEventHandlers(sessions),
    }),
    createConsumer({ ...common, metrics: new Registry(), queue: repliesQueue.name, handlers: replyHandlers(sessions) }),
    createTimerLoop({ db, sessions, logger: silentLogger, isConnected: () => broker.isConnected(), graceMs: 0 }),
  ];
  for (const part of parts) await part.start();
  let stopped = false;
  return {
    db,
    sessions,
    stop: async () => {
      if (stopped) return;
      stopped = true;
      for (const part of parts) await part.stop();
      await db.destroy();
    },
  };
}

/** Publishes what stands in the outbox, in order, as the relay does. */
function startRelay(db: Db, broker: Broker) {
  const stopping = new AbortController();
  const running = (async () => {
    while (!stopping.signal.aborted) {
      const rows: OutboxRow[] = await db('outbox').orderBy('id').limit(100).select();
      for (const row of rows) {
        await broker.publish({
          exchange: row.exchange,
          routingKey: row.routing_key,
          content: Buffer.from(row.payload),
          properties: { messageId: row.message_id, type: row.routing_key, headers: JSON.parse(row.headers) },
        });
        await db('outbox').where({ id: row.id }).delete();
      }
      if (rows.length === 0) await delay(5);
    }
  })();
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

interface OutboxRow {
  readonly id: number;
  readonly message_id: string;
  readonly exchange: string;
  readonly routing_key: string;
  readonly payload: string;
  readonly headers: string;
}
