import { setTimeout as delay } from 'node:timers/promises';
import { type Db, ping } from '../db/database.ts';
import { backoffMs } from '../lifecycle/retry.ts';
import type { Logger } from '../logging/logger.ts';
import { handleBatch, reportDeadLetter } from './batch.ts';
import type { Broker } from './broker.ts';
import type { ConsumedResult, ConsumerMetrics } from './consumer-metrics.ts';
import { deadLetterOf, failureOf, retryOf } from './failed-message.ts';
import { classifyFault, tellsOfDatabaseAway } from './faults.ts';
import type { HandlerTable } from './handlers.ts';
import { type Accepted, handlerKey, readMessage, type Unacceptable } from './incoming.ts';
import type { Delivery } from './subscription.ts';

export interface DeliveryHandlerOptions {
  readonly broker: Broker;
  readonly db: Db;
  readonly queue: string;
  readonly consumer: string;
  readonly handlers: HandlerTable;
  readonly logger: Logger;
  readonly metrics: ConsumerMetrics;
  readonly stopping: AbortSignal;
}

interface Item<R extends Accepted | Unacceptable = Accepted | Unacceptable> {
  readonly delivery: Delivery;
  readonly read: R;
}

/** A transient fault is tried this often in place before the message goes up the retry ladder. */
const triesInPlace = 3;
const inPlace = { minMs: 50, maxMs: 200 };
const databaseAway = { minMs: 200, maxMs: 5_000 };

/**
 * Handles deliveries together, or one by one when that fails, and resolves with those to be acknowledged; the others it has handed back.
 * While the database is away it waits with the messages in hand: an outage must not send them up the retry ladder.
 */
export function createDeliveryHandler(options: DeliveryHandlerOptions) {
  const { broker, db, queue, consumer, handlers, logger, metrics, stopping } = options;

  return async (deliveries: readonly Delivery[]): Promise<readonly Delivery[]> => {
    const items = deliveries.filter((delivery) => delivery.isLive()).map(toItem);
    const acceptable = items.filter(isAccepted);
    const together = acceptable.length > 1 && (await succeeds(acceptable));
    const settled: Delivery[] = [];
    for (const item of items) {
      if (await settles(item, together)) settled.push(item.delivery);
      else item.delivery.requeue();
    }
    return settled;
  };

  /** Once the process is stopping, what has not been handled yet is handed back untried. */
  async function settles(item: Item, handled: boolean): Promise<boolean> {
    if (!isAccepted(item)) return deadLetter(item, item.read.fault);
    return handled || (!stopping.aborted && (await handleAlone(item)));
  }

  function toItem(delivery: Delivery): Item {
    return { delivery, read: readMessage(delivery.message, handlers) };
  }

  async function succeeds(items: readonly Item<Accepted>[]): Promise<boolean> {
    try {
      await handleItems(items);
      return true;
    } catch (error) {
      logger.debug('batch failed, its messages are handled one by one', { queue, messages: items.length, error });
      return false;
    }
  }

  async function handleItems(items: readonly Item<Accepted>[]): Promise<void> {
    const startedAt = performance.now();
    const results = await handleBatch(
      db,
      consumer,
      items.map(({ read }) => read),
      { attempts: 1 },
    );
    metrics.processed((performance.now() - startedAt) / 1000, items.length);
    for (const [index, { read }] of items.entries()) count(read, results[index] ?? 'handled');
  }

  /** True when the message is to be acknowledged. */
  async function handleAlone(item: Item<Accepted>): Promise<boolean> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await handleItems([item]);
        return true;
      } catch (error) {
        const away = await isDatabaseAway(error);
        const again = away || (classifyFault(error) === 'transient' && attempt < triesInPlace);
        if (!again) return giveUp(item, error);
        if (away) logger.warn('database is away, messages wait', { queue, error });
        const pauseMs = backoffMs(attempt, away ? databaseAway : inPlace);
        if (!(await pause(pauseMs)) || !item.delivery.isLive()) return false;
      }
    }
  }

  /** What a handler could not reach may be something else, which must not hold up the queue. */
  async function isDatabaseAway(error: unknown): Promise<boolean> {
    const tells = tellsOfDatabaseAway(error);
    if (tells !== 'maybe') return tells === 'yes';
    return ping(db).then(
      () => false,
      () => true,
    );
  }

  async function giveUp(item: Item<Accepted>, error: unknown): Promise<boolean> {
    if (classifyFault(error) === 'permanent') return deadLetter(item, error);
    const { message } = item.read;
    const route = { queue, retryCount: message.retryCount, retryDelaysMs: broker.retryDelaysMs };
    const retry = retryOf(item.delivery.message, route, failureOf(error));
    if (!retry) return deadLetter(item, error);
    logger.warn('message failed, it comes again later', { ...factsOf(item), exchange: retry.exchange, error });
    return publishes(item, 'retried', () => broker.publish(retry));
  }

  async function deadLetter(item: Item, error: unknown): Promise<boolean> {
    const failure = failureOf(error);
    logger.error('message goes to the dead letters', { ...factsOf(item), failure });
    return publishes(item, 'dead_lettered', async () => {
      await reportDeadLetter(db, item.read, failure);
      await broker.publish(deadLetterOf(item.delivery.message, queue, failure));
    });
  }

  /** What cannot be put away is handed back, after a pause, so that it is not handed out again at once. */
  async function publishes(item: Item, result: ConsumedResult, publish: () => Promise<void>): Promise<boolean> {
    try {
      await publish();
      count(item.read, result);
      return true;
    } catch (error) {
      logger.warn('message could not be put away, it is handed back', { ...factsOf(item), error });
      await pause(inPlace.maxMs);
      return false;
    }
  }

  function count({ message }: Accepted | Unacceptable, result: ConsumedResult): void {
    metrics.consumed(handlerKey(message.type, handlers), result);
  }

  function factsOf({ read: { message } }: Item): object {
    return { queue, type: message.type, message_id: message.messageId, correlation_id: message.context.correlationId };
  }

  /** False when the process is stopping. */
  function pause(ms: number): Promise<boolean> {
    return delay(ms, true, { signal: stopping }).catch(() => false);
  }
}

function isAccepted(item: Item): item is Item<Accepted> {
  return item.read.fault === undefined;
}
