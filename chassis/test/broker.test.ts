import { expect } from 'chai';
import { Registry } from 'prom-client';
import { silentLogger } from '../src/logging/logger.ts';
import { type Broker, type BrokerOptions, createBroker } from '../src/messaging/broker.ts';
import { createConsumer } from '../src/messaging/consumer.ts';
import { connectTo } from '../src/messaging/publisher.ts';
import { createVhost, type TestVhost } from '../test-kit/broker.ts';
import { waitFor } from '../test-kit/wait-for.ts';
import { type MessagingFixture, queue, startMessaging, writeNotes } from './messaging-fixture.ts';
import { proxyTo, type TcpProxy } from './tcp-proxy.ts';

describe('broker', () => {
  let vhost: TestVhost;
  let proxy: TcpProxy;
  const brokers: Broker[] = [];

  beforeEach(async () => {
    vhost = await createVhost();
    proxy = await proxyTo(vhost.url);
  });
  afterEach(async () => {
    for (const broker of brokers.splice(0)) await broker.stop();
    await proxy.stop();
    await vhost.drop();
  });

  it('waits at start until RabbitMQ is there', async () => {
    await proxy.cut();
    const waits: string[] = [];
    const broker = aBroker({ logger: { ...silentLogger, warn: (message) => waits.push(message) } });
    const started = broker.start();
    await waitFor('two attempts', () => waits.length >= 2);
    expect(broker.isConnected()).to.equal(false);
    await proxy.restore();
    await started;
    expect(broker.isConnected()).to.equal(true);
    expect(new Set(waits)).to.deep.equal(new Set(['broker is not there yet']));
  });

  it('can be stopped while it waits for RabbitMQ, and before it is started', async () => {
    await proxy.cut();
    const broker = aBroker();
    const started = broker.start().catch((error: Error) => error.name);
    await broker.stop();
    expect(await started).to.equal('AbortError');
    await aBroker().stop();
  });

  it('does not start when RabbitMQ refuses its queues, since it would refuse them again', async () => {
    const connection = await connectTo(vhost.url, 'test');
    const channel = await connection.createChannel();
    await channel.assertQueue(queue.name, { arguments: { 'x-queue-type': 'classic' } });
    await connection.close();
    const refused = await aBroker()
      .start()
      .catch((error: Error) => error.message);
    expect(refused).to.match(/PRECONDITION-FAILED/);
  });

  it('says that it is not connected while RabbitMQ is away, and connects again', async () => {
    const broker = aBroker();
    await broker.start();
    await proxy.cut();
    await waitFor('the loss is noticed', () => !broker.isConnected());
    await proxy.restore();
    await waitFor('the connection is back', () => broker.isConnected(), 15_000);
    await publishNote(broker);
  }).timeout(60_000);

  it('publishes again after its own connection was lost', async () => {
    const broker = aBroker();
    await broker.start();
    await publishNote(broker);
    await proxy.cut();
    const failed = await publishNote(broker).catch((error: Error) => error);
    expect(failed).to.be.instanceOf(Error);
    await proxy.restore();
    await waitFor('it publishes again', () => publishNote(broker).then(() => true), 15_000);
  }).timeout(60_000);

  it('asserts queues anew that were lost with a node', async () => {
    const broker = aBroker();
    await broker.start();
    await vhost.management('DELETE', `/queues/${vhost.name}/${queue.name}`);
    const lost = await publishNote(broker).catch((error: Error) => error.message);
    await proxy.cut();
    await waitFor('the loss is noticed', () => !broker.isConnected());
    await proxy.restore();
    await waitFor('the connection is back', () => broker.isConnected(), 15_000);
    await waitFor('the queue is back', () => publishNote(broker).then(() => true), 15_000);
    expect(lost).to.equal(`no queue takes queue ${queue.name}`);
  }).timeout(60_000);

  function aBroker(options: Partial<BrokerOptions> = {}): Broker {
    const broker = createBroker({
      url: proxy.url,
      service: 'test-service',
      queues: [queue],
      logger: silentLogger,
      ...options,
    });
    brokers.push(broker);
    return broker;
  }

  function publishNote(broker: Broker): Promise<void> {
    const content = Buffer.from('{"text":"note"}');
    return broker.publish({ exchange: '', routingKey: queue.name, content, properties: { type: 'note.written' } });
  }
});

describe('consumer of a broker that goes away', () => {
  let messaging: MessagingFixture;
  let proxy: TcpProxy;
  let broker: Broker;

  beforeEach(async () => {
    messaging = await startMessaging();
    proxy = await proxyTo(messaging.vhost.url);
    const options = { url: proxy.url, service: 'test-service', queues: [queue], logger: silentLogger };
    broker = createBroker({ ...options, retryDelaysMs: [50, 100] });
    await broker.start();
  });
  afterEach(async () => {
    await broker.stop();
    await proxy.stop();
    await messaging.stop();
  });

  it('goes on by itself, and does once what it had in hand', async () => {
    let cuts = 2;
    await messaging.consume(
      writeNotes(async (text) => {
        if (text !== 'note 25' || cuts === 0) return;
        cuts -= 1;
        await proxy.cut();
        await proxy.restore();
      }),
      { broker, maxBatch: 10, prefetch: 20 },
    );
    const texts = Array.from({ length: 60 }, (_, n) => `note ${n}`);
    for (const text of texts) await messaging.publish(text);
    await waitFor('all notes', async () => (await messaging.notes()).length >= 60, 20_000);
    await waitFor('nothing is left', async () => (await messaging.depthOf(queue.name)) === 0);
    expect((await messaging.notes()).sort()).to.deep.equal(texts.sort());
  }).timeout(60_000);

  it('acknowledges nothing that another channel was given: what was in hand at the loss comes again', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const seen: string[] = [];
    const first = await messaging.consume(
      writeNotes(async (text) => {
        seen.push(text);
        if (seen.length === 1) await held;
      }),
      { broker, maxBatch: 1, prefetch: 1 },
    );
    await messaging.publish('first');
    await waitFor('the first is in hand', () => seen.length === 1);
    await proxy.cut();
    await waitFor('the loss is noticed', () => !broker.isConnected());
    await proxy.restore();
    await waitFor(
      'it is handed out again',
      async () => (await messaging.depthOf(queue.name)) === 0 && broker.isConnected(),
    );
    await messaging.publish('second');
    release();
    await waitFor('both are written', async () => (await messaging.notes()).length === 2, 10_000);
    await first.stop();
    expect(await messaging.notes()).to.deep.equal(['first', 'second']);
    expect(await messaging.depthOf(queue.name)).to.equal(0);
  }).timeout(60_000);

  it('comes again to another instance when its own dies before the commit', async () => {
    const begun = Promise.withResolvers<void>();
    const dies = Promise.withResolvers<never>();
    const dying = await messaging.consume(
      writeNotes(async () => {
        begun.resolve();
        await dies.promise;
      }),
      { broker },
    );
    await messaging.publish('survivor');
    await begun.promise;
    await messaging.consume(writeNotes());
    await proxy.cut();
    dies.reject(new Error('killed'));
    await waitFor('the note', async () => (await messaging.notes()).length === 1, 10_000);
    await dying.stop();
    expect(await messaging.notes()).to.deep.equal(['survivor']);
    expect(await messaging.depthOf(queue.name)).to.equal(0);
  }).timeout(60_000);

  it('stops at once while RabbitMQ is away', async () => {
    const consumer = createConsumer({
      broker,
      db: messaging.database.db,
      queue: queue.name,
      handlers: writeNotes(),
      logger: silentLogger,
      metrics: new Registry(),
    });
    await consumer.start();
    await proxy.cut();
    await waitFor('the loss is noticed', () => !broker.isConnected());
    const startedAt = performance.now();
    await consumer.stop();
    await consumer.stop();
    await broker.stop();
    expect(performance.now() - startedAt).to.be.lessThan(2_000);
  }).timeout(60_000);
});
