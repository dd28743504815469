import { silentLogger } from '@sagacity/chassis/logging/logger';
import { createSubscriber } from '@sagacity/chassis/redis/client';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { setting } from '../e2e/shop.ts';
import { closedGate } from './order-gate.ts';
import { openOutage, type Progress } from './outage.ts';
import { kill, processState, untilReady, untilRestarted } from './processes.ts';
import { openProof } from './proof.ts';
import { openScenario } from './scenario.ts';
import { start, stop } from './servers.ts';

/** Those that use Redis, and start while it is not there. */
const started = ['product-service', 'user-service', 'outbox-relay', 'gateway'] as const;

describe('Redis, flushed, stopped, absent at the start of processes and back,', () => {
  const scenario = openScenario('Redis flushed, stopped, absent at boot', { test: 30, chaos: 1_000 });
  const proof = openProof();
  const outage = openOutage(scenario);

  before(async function () {
    this.timeout(scenario.timeoutMs);
    await outage.start();
  });
  after(async function () {
    this.timeout(scenario.timeoutMs);
    await proof.close();
    await outage.close();
  });

  it('costs speed, and neither an order nor its end', async () => {
    const gate = closedGate();
    const letThrough = (part: number) => gate.upTo(scenario.orders * part);
    let taken = 0;
    letThrough(0.2);

    const { placed, refused, retries } = await outage.run(async (progress) => {
      await untilPart(progress, 0.1);
      letThrough(0.4);
      await flush();
      scenario.say('Redis is flushed');
      await untilPart(progress, 0.3);
      await stop('redis');
      const from = progress.answered();
      scenario.say('Redis is gone');
      letThrough(0.6);
      await untilPart(progress, 0.5);
      letThrough(0.8);
      for (const name of started) await restart(name);
      scenario.say(`${started.join(', ')} were killed and have started without it`);
      await untilPart(progress, 0.7);
      taken = progress.answered() - from;
      letThrough(1);
      await start('redis');
      scenario.say(`Redis is back; ${taken} orders were answered without it`);
    }, gate.pass);

    await proof.prove(scenario, placed, [
      ['refused at once', Object.values(refused).reduce((sum, count) => sum + count, 0)],
      ['calls that had to be repeated', retries],
      ['answered while Redis was away', taken],
    ]);
    expect(taken).to.be.greaterThan(0);
  }).timeout(scenario.timeoutMs);

  async function untilPart({ answered }: Progress, part: number): Promise<void> {
    const count = Math.floor(scenario.orders * part);
    await waitFor(`${count} orders are answered`, () => answered() >= count, scenario.timeoutMs, 50);
  }

  async function restart(name: string): Promise<void> {
    const { restarts } = processState(name);
    kill(name);
    await untilRestarted(name, restarts);
    await untilReady(name);
  }
});

async function flush(): Promise<void> {
  // The other client gives up after 200 ms, and this is not a request.
  const redis = createSubscriber({ url: setting('TEST_REDIS_URL'), connectionName: 'scenario', logger: silentLogger });
  try {
    await redis.flushall();
  } finally {
    redis.disconnect();
  }
}
