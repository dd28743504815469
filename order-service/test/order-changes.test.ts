import { silentLogger } from '@sagacity/chassis/logging/logger';
import { createRedis, createSubscriber } from '@sagacity/chassis/redis/client';
import { testServer } from '@sagacity/chassis/test-kit/servers';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { createOrderChanges, type OrderChanges } from '../src/waiting/order-changes.ts';

describe('changes of orders', () => {
  const url = testServer('TEST_REDIS_URL');
  const publisher = createRedis({ url, connectionName: 'changes test', logger: silentLogger });
  const listener = createSubscriber({ url, connectionName: 'changes test listener', logger: silentLogger });
  const heard: string[] = [];
  let [here, there]: OrderChanges[] = [];
  before(async () => {
    await publisher.connect();
    const open = async (name: string) => {
      const subscriber = createSubscriber({ url, connectionName: name, logger: silentLogger });
      const changes = createOrderChanges({ publisher, subscriber, onError: () => undefined });
      await changes.start();
      return changes;
    };
    [here, there] = [await open('here'), await open('there')];
    listener.on('message', (_channel, text) => heard.push(text));
    await listener.subscribe('orders:changed');
    await waitFor('all three listen', async () => {
      const [, count] = (await publisher.pubsub('NUMSUB', 'orders:changed')) as [string, number];
      return count >= 3;
    });
  });
  after(async () => {
    listener.disconnect();
    await Promise.all([here?.stop(), there?.stop()]);
    publisher.disconnect();
  });

  it('of a batch travel in one message, and wake whoever waits in any process', async () => {
    const ids = [1_000_001, 1_000_002, 1_000_003];
    const never = new AbortController().signal;
    const waits = [here, there].flatMap((changes) => ids.map((id) => changes?.next(id, never, 60_000)));

    for (const id of [...ids, 1_000_001]) here?.announce(id);
    await Promise.all(waits);

    await waitFor('the message is heard', () => heard.length > 0);
    expect(heard).to.deep.equal(['1000001 1000002 1000003']);
  });
});
