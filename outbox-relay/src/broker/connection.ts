import { setTimeout as delay } from 'node:timers/promises';
import type { Part } from '@sagacity/chassis/lifecycle/part';
import { backoffMs } from '@sagacity/chassis/lifecycle/retry';
import type { Logger } from '@sagacity/chassis/logging/logger';
import { type Channel, type ChannelModel, type ConfirmChannel, connect } from 'amqplib';
import { createExchangeCheck, type ExchangeCheck } from './exchange-check.ts';

export type BrokerState = 'down' | 'up' | 'blocked';

/** The relay's one connection to the broker; lanes take channels from it. */
export interface BrokerConnection extends Part {
  /** `blocked` while the broker takes nothing from publishers (memory or disk alarm). */
  state(): BrokerState;
  /** Calls back after each change of the state, until the returned function is called. */
  onChange(listener: () => void): () => void;
  /** A channel with publisher confirms; throws when there is no connection or the broker does not answer in 5 s. */
  openConfirmChannel(): Promise<ConfirmChannel>;
  /** A channel that does not publish; throws likewise. */
  openChannel(): Promise<Channel>;
  /** Whether an exchange exists, found out without risk for the channels that publish. */
  readonly exchanges: ExchangeCheck;
}

const reconnect = { minMs: 100, maxMs: 5_000 };
const connectTimeoutMs = 10_000;
const answerTimeoutMs = 5_000;

/**
 * Connects in the background and goes on trying for ever; start does not wait for it, so that the process can say that it is not ready.
 * Nagle's algorithm is off: with it a small publish waits for the previous one's TCP acknowledgement, some 40 ms.
 */
export function createBrokerConnection(options: { url: string; name: string; logger: Logger }): BrokerConnection {
  const { logger } = options;
  const listeners = new Set<() => void>();
  const cancelled = new AbortController();
  let model: ChannelModel | undefined;
  let blocked = false;
  let running: Promise<void> | undefined;
  const changed = () => {
    for (const listener of listeners) listener();
  };

  const keepConnected = async () => {
    for (let attempt = 1; !cancelled.signal.aborted; attempt += 1) {
      try {
        const opened = await connect(withHeartbeat(options.url), socketOptions(options.name));
        attempt = 0;
        await untilClosed(opened);
      } catch (error) {
        const nextMs = backoffMs(attempt, reconnect);
        logger.warn('broker is not there', { error, next_ms: nextMs });
        await delay(nextMs, undefined, { signal: cancelled.signal }).catch(() => undefined);
      }
    }
  };

  const untilClosed = (opened: ChannelModel) =>
    new Promise<void>((resolve) => {
      opened.on('error', (error: unknown) => logger.warn('broker connection failed', { error }));
      opened.on('blocked', (reason: unknown) => {
        blocked = true;
        logger.warn('broker takes no messages', { because: reason });
        changed();
      });
      opened.on('unblocked', () => {
        blocked = false;
        logger.info('broker takes messages again');
        changed();
      });
      opened.once('close', () => {
        model = undefined;
        blocked = false;
        exchanges.forget();
        if (!cancelled.signal.aborted) logger.warn('broker connection is closed');
        changed();
        resolve();
      });
      if (cancelled.signal.aborted) void opened.close();
      model = opened;
      logger.info('broker is connected');
      changed();
    });

  const connected = () => {
    if (!model) throw new Error('the broker is not connected');
    return model;
  };
  const openChannel = async () => within(answerTimeoutMs, connected().createChannel());
  const exchanges = createExchangeCheck(() => openChannel());

  return {
    name: 'broker connection',
    start: async () => {
      running ??= keepConnected();
    },
    stop: async () => {
      cancelled.abort();
      if (model)
        await within(answerTimeoutMs, model.close()).catch((error) =>
          logger.warn('broker did not say goodbye', { error }),
        );
      await running;
    },
    state: () => (model === undefined ? 'down' : blocked ? 'blocked' : 'up'),
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    openConfirmChannel: async () => within(answerTimeoutMs, connected().createConfirmChannel()),
    openChannel,
    exchanges,
  };
}

function withHeartbeat(text: string): string {
  const url = new URL(text);
  if (!url.searchParams.has('heartbeat')) url.searchParams.set('heartbeat', '10');
  return url.href;
}

function socketOptions(name: string): object {
  return {
    noDelay: true,
    keepAlive: true,
    timeout: connectTimeoutMs,
    clientProperties: { connection_name: name },
  };
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const late = delay(ms, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`the broker did not answer within ${ms} ms`);
  });
  // When the work wins, the abandoned timer rejects with an AbortError that nobody waits for.
  late.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    timer.abort();
  }
}
