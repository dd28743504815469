import { setTimeout as delay } from 'node:timers/promises';
import { connectTo } from '@sagacity/chassis/messaging/publisher';
import type { Arrival } from './judge.ts';

export interface Reader {
  /** What arrived, in order. */
  readonly arrivals: readonly Arrival[];
  /** How many different messages that were. */
  distinct(): number;
  /** Connections that were lost. */
  interruptions(): number;
  /** Ends it, and removes its queue. */
  stop(): Promise<void>;
}

const again = 200;

/**
 * Reads a queue bound to the key, over one connection after another; acknowledges each message, so that none is lost with a connection.
 * Resolves once the queue is bound.
 */
export async function startReader(url: string, { queue, key }: { queue: string; key: string }): Promise<Reader> {
  const arrivals: Arrival[] = [];
  const ids = new Set<string>();
  let [isStopping, interruptions] = [false, 0];
  const onArrival = (arrival: Arrival) => {
    arrivals.push(arrival);
    ids.add(arrival.messageId);
  };
  const stopped = Promise.withResolvers<void>();
  const bound = Promise.withResolvers<void>();
  const connections = async () => {
    while (!isStopping) {
      await readOnce(url, { queue, key }, { onArrival, onBound: bound.resolve, until: stopped.promise }).catch(() => {
        interruptions += 1;
        return delay(again);
      });
    }
  };
  const reading = connections();
  await bound.promise;
  return {
    arrivals,
    distinct: () => ids.size,
    interruptions: () => interruptions,
    stop: async () => {
      isStopping = true;
      stopped.resolve();
      await reading;
    },
  };
}

/** Rejects when the connection is lost; otherwise resolves once it should end, with the queue deleted. */
async function readOnce(
  url: string,
  { queue, key }: { queue: string; key: string },
  { onArrival, onBound, until }: { onArrival: (arrival: Arrival) => void; onBound: () => void; until: Promise<void> },
): Promise<void> {
  const connection = await connectTo(url, 'outbox chaos');
  const lost = Promise.withResolvers<never>();
  connection.on('error', lost.reject);
  connection.on('close', () => lost.reject(new Error('the connection was closed')));
  const work = async () => {
    const channel = await connection.createChannel();
    channel.on('error', lost.reject);
    await channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
    await channel.bindQueue(queue, 'shop.events', key);
    onBound();
    await channel.prefetch(500);
    await channel.consume(queue, (message) => {
      if (!message) return lost.reject(new Error('the consumer was cancelled'));
      const { headers = {}, messageId } = message.properties;
      onArrival({
        messageId,
        aggregate: headers['x-aggregate-id'],
        version: headers['x-aggregate-version'],
        isRedelivered: message.fields.redelivered,
      });
      channel.ack(message);
    });
    await until;
    await channel.deleteQueue(queue);
  };
  try {
    await Promise.race([work(), lost.promise]);
  } finally {
    // What was lost cannot be closed any more, which is as good.
    await connection.close().catch(() => undefined);
  }
}
