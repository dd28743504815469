import type { EventEmitter } from 'node:events';
import type { ConsumeMessage } from 'amqplib';
import type { Channel } from 'amqplib/callback_api.js';
import type { Broker as RascalBroker } from 'rascal';
import type { Logger } from '../logging/logger.ts';

/** A message that the broker has handed out and that is to be settled exactly once. */
export interface Delivery {
  readonly message: ConsumeMessage;
  /** False once its channel is closed: the broker then hands the message out again, and settling it has no effect. */
  isLive(): boolean;
  /** Hands it back for another delivery. */
  requeue(): void;
  /** Lets the broker move it to the dead-letter queue. */
  reject(): void;
}

export interface Subscription {
  /**
   * Acknowledges these deliveries, with one frame per channel. It acknowledges everything up to the last of them,
   * so every earlier delivery must have been settled, or be among them.
   */
  acknowledge(deliveries: readonly Delivery[]): void;
  /** Stops further deliveries, and resolves when those handed out are settled or their channel is lost; rejects after 15 s. */
  cancel(): Promise<void>;
}

export interface SubscribeOptions {
  readonly queue: string;
  readonly prefetch: number;
  /** Called for each message, in the order of the queue; must not throw. */
  readonly onDelivery: (delivery: Delivery) => void;
}

/** What we use of rascal's session beside its public events: acknowledging many messages at once is not in its interface. */
interface Session extends EventEmitter {
  _open(channel: Channel, consumerTag: string, next: (error?: Error) => void): void;
  _decrementUnacknowledgeMessageCount(consumerTag: string): void;
  cancel(next: (error: Error | null) => void): void;
}

interface OpenChannel {
  readonly channel: Channel;
  readonly consumerTag: string;
  readonly session: Session;
  live: boolean;
}

class ChannelDelivery implements Delivery {
  readonly message: ConsumeMessage;
  readonly source: OpenChannel;

  constructor(message: ConsumeMessage, source: OpenChannel) {
    this.message = message;
    this.source = source;
  }

  isLive(): boolean {
    return this.source.live;
  }

  requeue(): void {
    this.#settle(() => this.source.channel.nack(this.message, false, true));
  }

  reject(): void {
    this.#settle(() => this.source.channel.nack(this.message, false, false));
  }

  #settle(send: () => void): void {
    if (!this.source.live) return;
    this.source.session._decrementUnacknowledgeMessageCount(this.source.consumerTag);
    sendOn(this.source, send);
  }
}

/** amqplib refuses to send on a channel that is being closed; what is not settled on it is handed out again. */
function sendOn(source: OpenChannel, send: () => void): void {
  try {
    send();
  } catch {
    source.live = false;
  }
}

/** Subscribes through rascal, which subscribes again by itself after each loss; rejects when the first attempt fails. */
export function subscribe(
  rascal: RascalBroker,
  options: SubscribeOptions & { readonly consumerTag: () => string; readonly logger: Logger },
): Promise<Subscription> {
  const channels = new Map<string, OpenChannel>();
  // The tag must differ from channel to channel: rascal finds the channel of a message by it, and with a fixed tag
  // an ack that is late by one reconnection would acknowledge some other message.
  const consumer = {
    get consumerTag() {
      return options.consumerTag();
    },
  };
  return new Promise((resolve, reject) => {
    rascal.subscribe(options.queue, { prefetch: options.prefetch, options: consumer }, (error, opened) => {
      if (error || !opened) return reject(error ?? new Error('no session'));
      const session = opened as unknown as Session;
      watchChannels(session, channels);
      session.on('error', (cause: Error) => {
        options.logger.warn('subscription was interrupted', { queue: options.queue, error: cause });
        reject(cause);
      });
      session.on('cancelled', (cause: Error) => {
        options.logger.warn('subscription was cancelled by the broker', { queue: options.queue, error: cause });
      });
      session.on('subscribed', () => resolve(subscriptionOf(session, channels)));
      session.on('message', (message: ConsumeMessage) => {
        const source = channels.get(message.fields.consumerTag);
        if (source) options.onDelivery(new ChannelDelivery(message, source));
      });
    });
  });
}

/** rascal subscribes when the first listener for messages is added; until then its session can be watched from the start. */
function watchChannels(session: Session, channels: Map<string, OpenChannel>): void {
  const open = session._open;
  session._open = (channel, consumerTag, next) => {
    const opened: OpenChannel = { channel, consumerTag, session, live: true };
    channels.set(consumerTag, opened);
    channel.once('close', () => {
      opened.live = false;
      channels.delete(consumerTag);
    });
    open.call(session, channel, consumerTag, next);
  };
}

function subscriptionOf(session: Session, channels: ReadonlyMap<string, OpenChannel>): Subscription {
  return {
    acknowledge: (deliveries) => {
      const last = new Map<OpenChannel, ConsumeMessage>();
      for (const { message, source } of deliveries as readonly ChannelDelivery[]) {
        if (!source.live) continue;
        last.set(source, message);
        session._decrementUnacknowledgeMessageCount(source.consumerTag);
      }
      for (const [source, message] of last) sendOn(source, () => source.channel.ack(message, true));
    },
    cancel: () =>
      new Promise((resolve, reject) => {
        session.cancel((error) => (error ? reject(error) : resolve()));
        // While the broker is away rascal cancels only once it is back, and a lost channel has nothing left to wait for.
        for (const { channel } of channels.values()) channel.once('close', () => resolve());
        if (channels.size === 0) resolve();
      }),
  };
}
