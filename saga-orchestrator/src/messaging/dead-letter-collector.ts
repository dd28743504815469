import { createHash } from 'node:crypto';
import type { Db } from '@sagacity/chassis/db/database';
import type { Part } from '@sagacity/chassis/lifecycle/part';
import { untilItSucceeds } from '@sagacity/chassis/lifecycle/retry';
import type { Logger } from '@sagacity/chassis/logging/logger';
import type { Broker } from '@sagacity/chassis/messaging/broker';
import { type DeadLetter, readDeadLetter } from '@sagacity/chassis/messaging/dead-letters';
import type { Delivery, Subscription } from '@sagacity/chassis/messaging/subscription';
import { deadLettersQueue } from '@sagacity/chassis/messaging/topology';
import { keepDeadLetters } from '../use-cases/keep-dead-letters.ts';

const prefetch = 100;
const databaseAway = { minMs: 200, maxMs: 5_000 };

/**
 * Writes each dead letter of the shop into the database, and acknowledges it only then; while the database is away the letters wait. The
 * letter itself stays in its own dead-letter queue, so nothing is lost by what happens here. Any number of instances share the work.
 */
export function deadLetterCollector(options: {
  readonly db: Db;
  readonly broker: Broker;
  readonly logger: Logger;
}): Part {
  const { db, broker, logger } = options;
  const stopping = new AbortController();
  const waiting: Delivery[] = [];
  let subscription: Subscription | undefined;
  let working: Promise<void> | undefined;

  const workOff = async (to: Subscription) => {
    while (waiting.length > 0 && !stopping.signal.aborted) {
      const batch = waiting.splice(0, prefetch);
      try {
        await untilItSucceeds(() => keepDeadLetters(db, batch.map(toLetter)), {
          ...databaseAway,
          signal: stopping.signal,
          onFailure: (error) => logger.warn('dead letters could not be written down, they are tried again', { error }),
        });
        to.acknowledge(batch);
      } catch {
        // Only stopping ends the tries.
        for (const delivery of batch) delivery.requeue();
      }
    }
  };
  const wake = () => {
    if (working || !subscription || waiting.length === 0) return;
    working = workOff(subscription).finally(() => {
      working = undefined;
      if (!stopping.signal.aborted) wake();
    });
  };

  return {
    name: 'dead letters',
    start: async () => {
      const onDelivery = (delivery: Delivery) => {
        waiting.push(delivery);
        wake();
      };
      subscription = await broker.subscribe({ queue: deadLettersQueue, prefetch, onDelivery }, stopping.signal);
      wake();
    },
    stop: async () => {
      stopping.abort();
      const cancelled = subscription?.cancel();
      await working;
      for (const delivery of waiting.splice(0)) delivery.requeue();
      await cancelled;
    },
  };
}

/** The dead-letter exchange is given each letter with the queue it was for as routing key. One without an id is known by its content. */
function toLetter({ message }: Delivery): DeadLetter {
  const letter = readDeadLetter(message.fields.routingKey, message);
  if (letter.messageId !== '') return letter;
  return { ...letter, messageId: `sha256-${createHash('sha256').update(message.content).digest('hex')}` };
}
