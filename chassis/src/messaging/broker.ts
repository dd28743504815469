import { hostname } from 'node:os';
import rascal, { type Broker as RascalBroker } from 'rascal';
import type { Part } from '../lifecycle/part.ts';
import { untilItSucceeds } from '../lifecycle/retry.ts';
import type { Logger } from '../logging/logger.ts';
import { createPublisher, type DirectMessage } from './publisher.ts';
import { rascalConfig } from './rascal-config.ts';
import { type SubscribeOptions, type Subscription, subscribe } from './subscription.ts';
import { defaultRetryDelaysMs, type QueueSpec, topologyOf } from './topology.ts';

export interface BrokerOptions {
  readonly url: string;
  /** Shown as connection name `<service>@<host>`. */
  readonly service: string;
  readonly queues: readonly QueueSpec[];
  /** Shared queues that the service consumes beside its own. */
  readonly sharedQueues?: readonly string[];
  readonly logger: Logger;
  /** Delays of the retry ladder; all processes of a virtual host must agree on them. */
  readonly retryDelaysMs?: readonly number[];
}

/**
 * RabbitMQ as a part of a process. Start waits with backoff until RabbitMQ is there and asserts the shared exchanges and the service's queues;
 * it rejects when RabbitMQ refuses them, as when a queue exists with other arguments. A lost connection is opened and asserted again, and
 * subscriptions go on by themselves.
 */
export interface Broker extends Part {
  /** False while RabbitMQ is away; for readiness. */
  isConnected(): boolean;
  readonly retryDelaysMs: readonly number[];
  /** Subscribes to one of the service's queues, waiting with backoff until it works. */
  subscribe(options: SubscribeOptions, signal: AbortSignal): Promise<Subscription>;
  /** Publishes directly, on a connection of its own; rejects unless the broker has confirmed the message in some queue. */
  publish(message: DirectMessage): Promise<void>;
}

const backoff = { minMs: 200, maxMs: 5_000 };
const shutdownDeadlineMs = 20_000;

export function createBroker(options: BrokerOptions): Broker {
  const { logger, queues, retryDelaysMs = defaultRetryDelaysMs } = options;
  const connectionName = `${options.service}@${hostname()}`;
  const publisher = createPublisher({
    url: options.url,
    connectionName: `${connectionName} publisher`,
    logger,
  });
  const config = rascalConfig({
    url: options.url,
    connectionName,
    topology: topologyOf(queues, retryDelaysMs),
    consumed: [...queues.map(({ name }) => name), ...(options.sharedQueues ?? [])],
  });
  const cancelled = new AbortController();
  let broker: RascalBroker | undefined;
  let connected = false;
  let consumers = 0;

  const open = async () => {
    const opened = await createRascal(config);
    opened.on('error', (error: unknown) => logger.warn('broker connection failed', { error }));
    opened.on('blocked', (reason: unknown) => logger.warn('broker blocks the connection', { reason }));
    opened.on('unblocked', () => logger.info('broker unblocks the connection'));
    opened.on('disconnect', () => {
      connected = false;
    });
    opened.on('connect', () => {
      connected = true;
      logger.info('broker is back');
      // A reconnection that was under way while rascal shut down would stay open.
      if (cancelled.signal.aborted) void shutdown(opened, logger);
    });
    broker = opened;
    connected = true;
  };

  const waiting = (what: string) => ({
    ...backoff,
    onFailure: (error: unknown, nextMs: number) => logger.warn(what, { error, nextMs }),
  });

  return {
    name: 'broker',
    retryDelaysMs,
    isConnected: () => connected,
    start: async () => {
      const refusal = await untilItSucceeds(() => open().catch(refusalOf), {
        ...waiting('broker is not there yet'),
        signal: cancelled.signal,
      });
      if (refusal) throw refusal;
    },
    subscribe: (subscription, signal) =>
      untilItSucceeds(
        () => {
          if (!broker) throw new Error('the broker is not started');
          const consumerTag = () => {
            consumers += 1;
            return `${connectionName}#${consumers}`;
          };
          return subscribe(broker, { ...subscription, consumerTag, logger });
        },
        { ...waiting('subscription failed'), signal },
      ),
    publish: (message) => publisher.publish(message),
    stop: async () => {
      cancelled.abort();
      connected = false;
      if (broker) await shutdown(broker, logger);
      await publisher.close();
    },
  };
}

function createRascal(config: Parameters<typeof rascal.createBroker>[0]): Promise<RascalBroker> {
  return new Promise((resolve, reject) => {
    rascal.createBroker(config, (error, broker) => {
      if (!error && broker) return resolve(broker);
      // Also a broker that failed to start keeps a timer, and with it the process, until it is shut down.
      (broker as RascalBroker | null)?.shutdown(() => undefined);
      reject(error);
    });
  });
}

/** What the broker refused it will refuse again, so start must fail; while it is away, on the other hand, the error is thrown on. */
function refusalOf(error: unknown): Error {
  if (error instanceof Error && error.message.startsWith('Operation failed')) return error;
  throw error;
}

/** rascal's shutdown does not end when the connection dies in its course. */
function shutdown(broker: RascalBroker, logger: Logger): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      logger.warn('broker did not shut down in time');
      resolve();
    }, shutdownDeadlineMs);
    broker.shutdown((error) => {
      clearTimeout(timer);
      if (error) logger.warn('broker did not shut down cleanly', { error });
      resolve();
    });
  });
}
