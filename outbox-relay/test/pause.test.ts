import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { operate } from '../src/outbox.ts';
import { createWorld, untilDrained, type World } from './world.ts';

const unroutable = { exchange: 'shop.commands', routingKey: 'product-service.reserve-stock' };

describe('a lane that an operator has paused', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.drop());
  const run = async (...args: string[]) => {
    const lines: string[] = [];
    await operate(args, [{ name: 'orders_db', url: world.relayUrl }], (line) => lines.push(line));
    return lines.join('\n');
  };

  it('publishes nothing, whichever relay leads it, until it is resumed', async () => {
    expect(await run('pause', 'orders_db', '--reason', 'a consumer is mended')).to.equal('orders_db is paused');
    const first = await world.startLane();
    await waitFor('it leads', () => first.lane.state() === 'leading');
    await world.append({ aggregate: 'a', version: 1 });
    first.lane.poke();
    await untilWaitedLong();
    first.lane.check();
    await first.stop();
    const second = await world.startLane();
    await waitFor('the next relay leads', () => second.lane.state() === 'leading');
    await world.append({ aggregate: 'a', version: 2 });
    second.lane.poke();
    await untilWaitedLong();
    expect(world.received).to.deep.equal([]);
    expect(await run('lanes')).to.match(/^orders_db: 2 waiting, .* PAUSED since \S+Z: a consumer is mended$/);

    expect(await run('resume', 'orders_db')).to.equal('orders_db goes on');

    await untilDrained(world);
    await waitFor('both arrive', () => world.received.length === 2);
    expect(world.versions('a')).to.deep.equal([1, 2]);
    expect(await run('lanes')).not.to.contain('PAUSED');
  });

  it('is paused while it runs, and tries blocked messages no more', async () => {
    const { counts } = await world.startLane({ limits: { attemptsLimit: 1_000 } });
    await world.append({ aggregate: 'a', ...unroutable });
    await waitFor('it is tried again and again', () => counts.returned > 2);

    await run('pause', 'orders_db', '--reason', 'a test');

    await waitFor('it is tried no more', async () => {
      const before = counts.returned;
      await world.rows('UPDATE outbox_blocked SET until = now()');
      await world.append({ aggregate: 'b' });
      await untilWaitedLong();
      return counts.returned === before;
    });
    expect(world.versions('b')).to.deep.equal([]);
    await world.channel.bindQueue('events', 'shop.commands', '#');
    await run('resume', 'orders_db');
    await untilDrained(world);
  });

  it('stays as it is when it is paused or resumed a second time', async () => {
    await run('pause', 'orders_db', '--by', 'ann', '--reason', 'first');
    const again = await run('pause', 'orders_db', '--by', 'bob', '--reason', 'second');
    expect(again).to.equal('orders_db was paused already, nothing is changed');
    expect(await run('lanes')).to.contain(': first');
    await run('resume', 'orders_db', '--by', 'bob');
    expect(await run('resume', 'orders_db')).to.equal('orders_db was not paused');
    const log = (await run('log')).split('\n').map((line) => line.replace(/: \S+Z/, ''));
    expect(log).to.deep.equal(['orders_db bob resume', 'orders_db ann pause: first', 'orders_db: 2 actions']);
  });

  /** The last row has waited many times as long as a lane takes to look for new ones. */
  async function untilWaitedLong(): Promise<void> {
    await waitFor('the last row has waited for long', async () => {
      const [row] = await world.rows<{ waits: boolean }>(
        "SELECT max(created_at) < now() - interval '500 ms' AS waits FROM outbox",
      );
      return row?.waits;
    });
  }
});
