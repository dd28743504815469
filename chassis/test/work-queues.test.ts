import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib';
import { expect } from 'chai';
import { silentLogger } from '../src/logging/logger.ts';
import { type Broker, createBroker } from '../src/messaging/broker.ts';
import { exchanges } from '../src/messaging/envelope.ts';
import { connectTo } from '../src/messaging/publisher.ts';
import { deadLetterQueue } from '../src/messaging/topology.ts';
import { createVhost, type TestVhost } from '../test-kit/broker.ts';
import { waitFor } from '../test-kit/wait-for.ts';

const notes = 'test-service.notes';
const ordered = 'test-service.ordered';
const queues = [
  { name: notes, bindings: [{ exchange: exchanges.commands, keys: ['test-service.note'] }] },
  {
    name: ordered,
    singleActiveConsumer: true,
    bindings: [{ exchange: exchanges.commands, keys: ['test-service.order'] }],
  },
];

describe('a work queue', () => {
  let vhost: TestVhost;
  let broker: Broker;
  let connection: ChannelModel;
  beforeEach(async () => {
    vhost = await createVhost();
    broker = createBroker({ url: vhost.url, service: 'test-service', queues, logger: silentLogger });
    await broker.start();
    connection = await connectTo(vhost.url, 'test');
  });
  afterEach(async () => {
    await connection.close();
    await broker.stop();
    await vhost.drop();
  });

  it('puts a message that every consumer dies of among the dead letters, instead of handing it out for ever', async () => {
    await send('test-service.note', 'deadly');
    let deliveries = 0;
    const looker = await connection.createChannel();
    const isDead = async () => (await looker.checkQueue(deadLetterQueue(notes))).messageCount === 1;
    // As a process that ends with the message in hand: its channel is gone, without a word about it.
    const die = async (message: ConsumeMessage, channel: Channel) => {
      deliveries += 1;
      expect(message.content.toString()).to.equal('deadly');
      await channel.close();
    };
    await waitFor(
      'it is dead',
      async () => {
        if (await isDead()) return true;
        await consumeOnce(notes, die, isDead);
        return false;
      },
      20_000,
    );
    expect(deliveries).to.be.within(2, 22);
    expect((await looker.checkQueue(notes)).messageCount).to.equal(0);
  });

  it('that asks for it has one consumer at a time, and the next takes over in order', async () => {
    const seen: string[] = [];
    const consumers = [await consumer('first', seen), await consumer('second', seen)];
    for (const text of ['1', '2', '3']) await send('test-service.order', text);
    await waitFor('all are seen', () => seen.length === 3);
    expect(seen).to.deep.equal(['first 1', 'first 2', 'first 3']);

    await consumers[0]?.close();

    await waitFor('what was in hand is seen by the next', () => seen.length === 6);
    expect(seen.slice(3)).to.deep.equal(['second 1', 'second 2', 'second 3']);
  });

  async function send(routingKey: string, text: string): Promise<void> {
    await broker.publish({
      exchange: exchanges.commands,
      routingKey,
      content: Buffer.from(text),
      properties: { messageId: text, type: routingKey },
    });
  }

  /** Takes messages and settles none. */
  async function consumer(name: string, seen: string[]): Promise<Channel> {
    const channel = await connection.createChannel();
    await channel.consume(ordered, (message) => void (message && seen.push(`${name} ${message.content}`)));
    return channel;
  }

  /** Consumes until one message was handed out, or until there is nothing more to come. */
  async function consumeOnce(
    queue: string,
    take: (message: ConsumeMessage, channel: Channel) => Promise<void>,
    isOver: () => Promise<boolean>,
  ): Promise<void> {
    const channel = await connection.createChannel();
    const taken = Promise.withResolvers<void>();
    let isTaken = false;
    const { consumerTag } = await channel.consume(queue, (message) => {
      if (!message || isTaken) return;
      isTaken = true;
      take(message, channel).then(taken.resolve, taken.reject);
    });
    const over = waitFor('it is taken or dead', async () => isTaken || (await isOver()));
    await over;
    if (isTaken) return taken.promise;
    await channel.cancel(consumerTag);
    await channel.close();
  }
});
