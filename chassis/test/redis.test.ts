import { createServer, type Server } from 'node:net';
import { expect } from 'chai';
import { silentLogger } from '../src/logging/logger.ts';
import { createRedis, createSubscriber, redisPart } from '../src/redis/client.ts';
import { testServer } from '../test-kit/servers.ts';
import { waitFor } from '../test-kit/wait-for.ts';

describe('Redis client', () => {
  const url = testServer('TEST_REDIS_URL');

  it('starts without Redis and refuses commands at once instead of keeping them', async () => {
    const redis = createRedis({ url: 'redis://127.0.0.1:9/0', connectionName: 'redis-test', logger: silentLogger });
    const part = redisPart(redis);
    await part.start();
    const failure = await redis.get('key').catch((error: Error) => error.message);
    expect(failure).to.match(/isn't writeable|Connection is closed/);
    await part.stop();
    await part.stop();
  });

  it('gives up on a server that takes commands and never answers', async () => {
    const mute = await muteServer();
    const { port } = mute.address() as { port: number };
    const options = { url: `redis://127.0.0.1:${port}/0`, connectionName: 'redis-test', logger: silentLogger };
    const redis = createRedis(options);
    const failure = await redis.connect().catch((error: Error) => error);
    expect(failure).to.be.instanceOf(Error);
    redis.disconnect();
    mute.close();
  });

  it('comes back by itself after its connection was lost, and so does a subscription', async () => {
    const redis = createRedis({ url, connectionName: 'redis-test', logger: silentLogger });
    const subscriber = createSubscriber({ url, connectionName: `redis-test-${process.pid}`, logger: silentLogger });
    await redis.connect();
    const heard: string[] = [];
    subscriber.on('message', (_channel, message) => heard.push(message));
    await subscriber.subscribe('redis-test');
    const id = await clientId(redis, `redis-test-${process.pid}`);
    await redis.call('CLIENT', 'KILL', 'ID', id);
    await waitFor('the subscription is back', async () => {
      await redis.publish('redis-test', 'hello');
      return heard.length > 0;
    });
    redis.disconnect();
    subscriber.disconnect();
  });
});

async function clientId(redis: ReturnType<typeof createRedis>, name: string): Promise<string> {
  const list = String(await redis.call('CLIENT', 'LIST'));
  const line = list.split('\n').find((entry) => entry.includes(` name=${name} `)) ?? '';
  return /^id=(\d+)/.exec(line)?.[1] ?? '';
}

function muteServer(): Promise<Server> {
  const server = createServer(() => undefined);
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}
