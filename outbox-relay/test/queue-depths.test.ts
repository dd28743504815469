import { silentLogger } from '@sagacity/chassis/logging/logger';
import { createVhost, type TestVhost } from '@sagacity/chassis/test-kit/broker';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { type ChannelModel, type ConfirmChannel, connect } from 'amqplib';
import { expect } from 'chai';
import { createQueueDepths } from '../src/broker/queue-depths.ts';

describe('depths of queues', () => {
  let vhost: TestVhost;
  let connection: ChannelModel;
  let channel: ConfirmChannel;
  before(async () => {
    vhost = await createVhost();
    connection = await connect(vhost.url, { noDelay: true });
    channel = await connection.createConfirmChannel();
    for (const queue of ['first', 'second']) {
      await channel.assertQueue(queue, { arguments: { 'x-queue-type': 'quorum' } });
    }
  });
  after(async () => {
    await connection.close();
    await vhost.drop();
  });
  const create = (queues: readonly string[], limit: number) =>
    createQueueDepths({
      openChannel: () => connection.createChannel(),
      queues,
      limit,
      logger: silentLogger,
      everyMs: 10,
    });
  const send = async (queue: string, count: number) => {
    for (let n = 0; n < count; n += 1) channel.sendToQueue(queue, Buffer.from('x'), { persistent: true });
    await channel.waitForConfirms();
  };

  it('tell when one queue has as many messages as the limit, and when it has no more', async () => {
    const depths = create(['first', 'second'], 5);
    await send('second', 4);
    expect(depths.isCrowded()).to.equal(false);
    await send('second', 1);
    await waitFor('it is crowded', () => depths.isCrowded());
    await channel.purgeQueue('second');
    await waitFor('it is not any more', () => !depths.isCrowded());
  });

  it('leave out a queue that does not exist, and still look at the others', async () => {
    const depths = create(['missing', 'first'], 1);
    await send('first', 1);
    await waitFor('it is crowded', () => depths.isCrowded());
    await channel.purgeQueue('first');
  });

  it('open no channel when there is no limit', () => {
    const depths = createQueueDepths({
      openChannel: () => Promise.reject(new Error('not to be opened')),
      queues: ['first'],
      limit: 0,
      logger: { ...silentLogger, debug: () => expect.fail('looked') } as typeof silentLogger,
    });
    expect(depths.isCrowded()).to.equal(false);
  });
});
