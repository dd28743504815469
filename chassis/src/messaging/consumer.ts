import { setTimeout as delay } from 'node:timers/promises';
import type { Registry } from 'prom-client';
import { Gathering, type Urgency } from '../batches/gathering.ts';
import type { Db } from '../db/database.ts';
import type { Part } from '../lifecycle/part.ts';
import type { Logger } from '../logging/logger.ts';
import { Acknowledgements } from './acknowledgements.ts';
import type { Broker } from './broker.ts';
import { consumerMetrics } from './consumer-metrics.ts';
import { createDeliveryHandler } from './delivery-handler.ts';
import type { HandlerTable } from './handlers.ts';
import type { Delivery, Subscription } from './subscription.ts';

export interface ConsumerOptions {
  readonly broker: Broker;
  readonly db: Db;
  readonly queue: string;
  readonly handlers: HandlerTable;
  readonly logger: Logger;
  readonly metrics: Registry;
  /** Most messages handled in one transaction; default 100. */
  readonly maxBatch?: number;
  /** Most messages the broker hands out ahead of their acknowledgement; default 200. */
  readonly prefetch?: number;
  /**
   * How urgent messages of a type are, default `now`. The less of them are, the more go together, which takes much less CPU: `idle` is for
   * what nobody waits for, `paced` for what may begin a little later.
   */
  readonly urgencyOf?: (type: string) => Urgency;
  /** How long an idle message waits for others at most; milliseconds, default 200. */
  readonly gatherMs?: number;
  /** The share of the time that paced messages may take, see DutyCycle; default a quarter. */
  readonly dutyCycle?: number;
  /** Name under which the inbox remembers messages; default the queue's. */
  readonly consumer?: string;
}

const pauseAfterBugMs = 1_000;

/**
 * Takes messages from a queue and handles what has arrived, up to maxBatch, in one transaction, one batch after the other.
 *
 * States of a message: handed out → waiting → in a batch → settled. Settled is one of: acknowledged after its effects are committed,
 * or after it was published into the retry ladder or as a dead letter and the broker has confirmed that; or handed back.
 * Nothing is acknowledged unhandled, and the order within the queue is kept but for messages that were sent up the ladder.
 * Stop hands back what waits and resolves when the batch under way is settled.
 */
export function createConsumer(options: ConsumerOptions): Part {
  const { broker, queue, logger, maxBatch = 100, prefetch = 200, urgencyOf = () => 'now' } = options;
  const { gatherMs = 200, dutyCycle = 0.25 } = options;
  const stopping = new AbortController();
  const handle = createDeliveryHandler({
    ...options,
    consumer: options.consumer ?? queue,
    metrics: consumerMetrics(options.metrics, queue),
    stopping: stopping.signal,
  });
  const waiting = new Gathering<Delivery>({ maxBatch, gatherMs, dutyCycle });
  let subscription: Subscription | undefined;
  let acknowledgements: Acknowledgements | undefined;
  let working: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  const isDue = () => !stopping.signal.aborted && performance.now() >= waiting.dueAt;
  const workOff = async (handled: Acknowledgements) => {
    // What the socket has just brought is handed over one by one within this very turn of the event loop.
    await Promise.resolve();
    while (isDue()) {
      const batch = waiting.take();
      const startedAt = performance.now();
      try {
        handled.add(await handle(batch));
        waiting.worked(startedAt, performance.now());
      } catch (error) {
        // A bug of ours; the messages come again, and the queue's delivery limit ends it if they do so for ever.
        logger.error('batch failed unexpectedly', { queue, error });
        for (const delivery of batch) delivery.requeue();
        await delay(pauseAfterBugMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  };
  const wake = () => {
    clearTimeout(timer);
    if (working || !acknowledgements || stopping.signal.aborted) return;
    if (isDue()) {
      working = workOff(acknowledgements).finally(() => {
        working = undefined;
        wake();
      });
    } else if (waiting.dueAt < Number.POSITIVE_INFINITY) {
      timer = setTimeout(wake, waiting.dueAt - performance.now());
    }
  };

  return {
    name: `consumer of ${queue}`,
    start: async () => {
      const onDelivery = (delivery: Delivery) => {
        if (stopping.signal.aborted) return delivery.requeue();
        waiting.add(delivery, urgencyOf(String(delivery.message.properties.type)), performance.now());
        wake();
      };
      subscription = await broker.subscribe({ queue, prefetch, onDelivery }, stopping.signal);
      acknowledgements = new Acknowledgements(subscription, prefetch / 4);
      wake();
    },
    stop: async () => {
      stopping.abort();
      clearTimeout(timer);
      const cancelled = subscription?.cancel();
      for (const delivery of waiting.takeAll()) delivery.requeue();
      await working;
      acknowledgements?.send();
      await cancelled;
    },
  };
}
