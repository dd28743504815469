import type { Trx } from '@sagacity/chassis/db/database';
import { beforeCommit } from '@sagacity/chassis/db/transaction';
import { uuid7 } from '@sagacity/chassis/ids/uuid7';
import { silentLogger } from '@sagacity/chassis/logging/logger';
import { createConsumer } from '@sagacity/chassis/messaging/consumer';
import { handler, type IncomingMessage, type MessageHandler, replyContext } from '@sagacity/chassis/messaging/handlers';
import { createMetrics } from '@sagacity/chassis/metrics/metrics';
import { appendToOutbox } from '@sagacity/chassis/outbox/append';
import { type ConsumerWorld, messageType, queue, type Running } from './consumer-world.ts';

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['id', 'data'],
  properties: { id: { type: 'integer' }, data: { type: 'string' } },
} as const;

interface Counted {
  readonly id: number;
}

/** The consumer of the chassis. Set-based: its handler notes what to update, which is one statement for a whole batch before the commit. */
export async function startOurs(
  { broker, database }: ConsumerWorld,
  { maxBatch, isSetBased }: { readonly maxBatch: number; readonly isSetBased: boolean },
): Promise<Running> {
  const counting: MessageHandler = handler(schema, async (trx, message) => {
    if (isSetBased) countLater(trx, message.body.id);
    else await trx.raw('UPDATE counts SET n = n + 1 WHERE id = ?', [message.body.id]);
    answer(trx, message);
  });
  const consumer = createConsumer({
    broker,
    db: database.db,
    queue,
    handlers: { [messageType]: counting },
    logger: silentLogger,
    metrics: createMetrics('bench'),
    maxBatch,
  });
  await consumer.start();
  return consumer;
}

const counted = new WeakMap<Trx, number[]>();

function countLater(trx: Trx, id: number): void {
  const ids = counted.get(trx);
  if (ids) ids.push(id);
  else {
    counted.set(trx, [id]);
    beforeCommit(trx, countAll);
  }
}

async function countAll(trx: Trx): Promise<void> {
  await trx.raw(
    `UPDATE counts SET n = counts.n + more.n
     FROM (SELECT id, count(*) AS n FROM unnest(?::int[]) AS id GROUP BY id ORDER BY id) AS more
     WHERE counts.id = more.id`,
    [counted.get(trx) ?? []],
  );
}

function answer(trx: Trx, message: IncomingMessage<Counted>): void {
  appendToOutbox(trx, {
    messageId: uuid7(),
    exchange: 'shop.events',
    routingKey: 'order.answered',
    aggregate: { type: 'order', id: String(message.body.id), version: 1 },
    context: replyContext(message),
    body: { id: message.body.id },
  });
}
