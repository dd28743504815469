import { silentLogger } from '@sagacity/chassis/logging/logger';
import type { ConfirmChannel } from 'amqplib';
import { type BrokerConnection, createBrokerConnection } from '../src/broker/connection.ts';
import type { World } from './world.ts';

/**
 * A connection on which the broker closes the channel with 406 whenever a message of the aggregate is published, as RabbitMQ does with a
 * message beyond its size limit: instead of the message, a declaration goes out that contradicts the existing queue.
 */
export function killedBy(world: World, aggregate: string): BrokerConnection {
  const broker = createBrokerConnection({ url: world.vhost.url, name: 'outbox-relay@hostile', logger: silentLogger });
  const open = broker.openConfirmChannel;
  return {
    ...broker,
    openConfirmChannel: async () => {
      const channel: ConfirmChannel = await open();
      const publish = channel.publish.bind(channel);
      channel.publish = (exchange, key, content, options, confirm) => {
        if (options?.headers?.['x-aggregate-id'] === aggregate) {
          channel
            .assertQueue('events', { durable: true, arguments: { 'x-queue-type': 'classic' } })
            .catch(() => undefined);
        }
        return publish(exchange, key, content, options, confirm);
      };
      return channel;
    },
  };
}

/** A queue bound to `full.#` on shop.commands that holds one message and refuses the next. */
export async function fullQueue({ channel }: World): Promise<void> {
  await channel.assertQueue('full', {
    durable: true,
    arguments: { 'x-max-length': 1, 'x-overflow': 'reject-publish' },
  });
  await channel.bindQueue('full', 'shop.commands', 'full.#');
  channel.publish('shop.commands', 'full.0', Buffer.from('{}'));
  await channel.checkQueue('full');
}
