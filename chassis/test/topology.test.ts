import type { ChannelModel, ConfirmChannel } from 'amqplib';
import { expect } from 'chai';
import { silentLogger } from '../src/logging/logger.ts';
import { type Broker, createBroker } from '../src/messaging/broker.ts';
import { exchanges } from '../src/messaging/envelope.ts';
import { confirmedPublishOn, connectTo } from '../src/messaging/publisher.ts';
import { traceQueue, unrouted } from '../src/messaging/topology.ts';
import { createVhost, type TestVhost } from '../test-kit/broker.ts';
import { waitFor } from '../test-kit/wait-for.ts';

const queues = [
  { name: 'test-service.notes', bindings: [{ exchange: exchanges.events, keys: ['note.written'] }] },
  { name: 'test-service.commands', bindings: [{ exchange: exchanges.commands, keys: ['test-service.do'] }] },
];

describe('topology', () => {
  let vhost: TestVhost;
  let broker: Broker;
  let connection: ChannelModel;
  let channel: ConfirmChannel;

  before(async () => {
    vhost = await createVhost();
    broker = createBroker({ url: vhost.url, service: 'test-service', queues, logger: silentLogger });
    await broker.start();
    connection = await connectTo(vhost.url, 'test');
    channel = await connection.createConfirmChannel();
  });
  after(async () => {
    await connection.close();
    await broker.stop();
    await vhost.drop();
  });
  beforeEach(async () => {
    for (const queue of [traceQueue, unrouted, 'test-service.notes', 'test-service.commands'])
      await channel.purgeQueue(queue);
  });

  it('traces what is routed, beside the queue that it is for', async () => {
    await publish(exchanges.events, 'note.written');
    await publish(exchanges.commands, 'test-service.do');
    expect(await depths()).to.deep.equal({ notes: 1, commands: 1, trace: 2, unrouted: 0 });
  });

  it('G3: returns a command that nobody takes, although there is a trace', async () => {
    const failure = await publish(exchanges.commands, 'test-service.unknown').catch((error: Error) => error.message);
    expect(failure).to.equal('no queue takes shop.commands test-service.unknown');
  });

  it('keeps and traces an event that nobody consumes', async () => {
    await publish(exchanges.events, 'note.forgotten');
    expect(await depths()).to.deep.equal({ notes: 0, commands: 0, trace: 1, unrouted: 1 });
  });

  it('can be asserted by any number of processes at once', async () => {
    const others = Array.from({ length: 3 }, (_, n) =>
      createBroker({ url: vhost.url, service: `test-service-${n}`, queues, logger: silentLogger }),
    );
    await Promise.all(others.map((other) => other.start()));
    expect(others.every((other) => other.isConnected())).to.equal(true);
    await Promise.all(others.map((other) => other.stop()));
  });

  it('names its connections after their process', async () => {
    const names = await waitFor(
      'the connections are listed',
      async () => {
        const listed = (await vhost.management('GET', `/vhosts/${vhost.name}/connections`)) as {
          client_properties?: { connection_name?: string };
        }[];
        const found = listed.map(({ client_properties }) => client_properties?.connection_name ?? '');
        return found.some((name) => name.startsWith('test-service@')) && found;
      },
      15_000,
    );
    expect(names.some((name) => name.startsWith('test-service@'))).to.equal(true);
  });

  function publish(exchange: string, routingKey: string): Promise<void> {
    const properties = { messageId: `${Math.random()}` };
    return confirmedPublishOn(channel)({ exchange, routingKey, content: Buffer.from('{}'), properties });
  }

  async function depths(): Promise<Record<string, number>> {
    const depth = async (queue: string) => (await channel.checkQueue(queue)).messageCount;
    return {
      notes: await depth('test-service.notes'),
      commands: await depth('test-service.commands'),
      trace: await depth(traceQueue),
      unrouted: await depth(unrouted),
    };
  }
});
