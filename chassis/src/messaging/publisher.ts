import { type ChannelModel, type ConfirmChannel, connect, type Message, type Options } from 'amqplib';
import type { Logger } from '../logging/logger.ts';

/** A message that goes out beside the outbox: into the retry ladder, to a dead-letter queue, or back from one. */
export interface DirectMessage {
  readonly exchange: string;
  readonly routingKey: string;
  readonly content: Buffer;
  readonly properties: Options.Publish;
}

export interface Publisher {
  /** Resolves when the broker has taken the message into at least one queue; rejects when it has not, or may not have, within 10 s. */
  publish(message: DirectMessage): Promise<void>;
  /** Closes the connection; may be called twice, and before the first message. */
  close(): Promise<void>;
}

const confirmTimeoutMs = 10_000;

/** Opens a connection of ours, with the socket options that every connection of this system needs. */
export function connectTo(url: string, connectionName: string): Promise<ChannelModel> {
  const address = new URL(url);
  address.searchParams.set('heartbeat', '10');
  // Without noDelay the kernel holds small frames back for some 40 ms.
  return connect(address.href, {
    noDelay: true,
    timeout: 10_000,
    clientProperties: { connection_name: connectionName },
  });
}

/**
 * A publisher on a connection of its own, opened at the first message and anew after it is lost.
 * It is never the consumers' connection: the broker stops reading from one that publishes while memory is short, and with it their acks.
 */
export function createPublisher(options: { url: string; connectionName: string; logger: Logger }): Publisher {
  let opening: Promise<OpenPublisher> | undefined;
  let closed = false;
  const open = async () => {
    const connection = await connectTo(options.url, options.connectionName);
    const forget = () => {
      opening = undefined;
    };
    connection.on('error', (error) => options.logger.warn('publisher lost its connection', { error }));
    connection.on('close', forget);
    const channel = await connection.createConfirmChannel();
    channel.on('error', (error) => options.logger.warn('publisher lost its channel', { error }));
    channel.on('close', () => {
      forget();
      // A channel that the broker closed leaves its connection open.
      connection.close().catch(() => undefined);
    });
    return { connection, publish: confirmedPublishOn(channel) };
  };
  return {
    publish: async (message) => {
      if (closed) throw new Error('the publisher is closed');
      opening ??= open();
      const current = opening;
      const publisher = await current.catch((error: unknown) => {
        if (opening === current) opening = undefined;
        throw error;
      });
      await publisher.publish(message);
    },
    close: async () => {
      closed = true;
      const publisher = await opening?.catch(() => undefined);
      opening = undefined;
      await publisher?.connection.close().catch(() => undefined);
    },
  };
}

interface OpenPublisher {
  readonly connection: ChannelModel;
  readonly publish: (message: DirectMessage) => Promise<void>;
}

/** Publishes persistent and mandatory on a confirm channel; a message that no queue takes is returned before it is confirmed. */
export function confirmedPublishOn(channel: ConfirmChannel): (message: DirectMessage) => Promise<void> {
  const returned = new Set<string>();
  channel.on('return', ({ fields, properties }: Message) => {
    returned.add(identityOf(fields.exchange, fields.routingKey, properties.messageId));
  });
  return (message) => {
    const { exchange, routingKey, content, properties } = message;
    const identity = identityOf(exchange, routingKey, properties.messageId);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('the broker did not confirm in time')), confirmTimeoutMs);
      channel.publish(exchange, routingKey, content, { ...properties, persistent: true, mandatory: true }, (error) => {
        clearTimeout(timer);
        if (error) reject(error);
        else if (returned.delete(identity)) reject(new Error(`no queue takes ${exchange || 'queue'} ${routingKey}`));
        else resolve();
      });
    });
  };
}

function identityOf(exchange: string, routingKey: string, messageId: unknown): string {
  return `${exchange} ${routingKey} ${messageId}`;
}
