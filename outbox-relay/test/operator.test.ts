import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { operate } from '../src/outbox.ts';
import { createWorld, untilDrained, type World } from './world.ts';

const command = { exchange: 'shop.commands', routingKey: 'product-service.reserve-stock' };

describe("an operator's command", () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.drop());
  const run = async (...args: string[]) => {
    const lines: string[] = [];
    await operate(args, [{ name: 'orders_db', url: world.relayUrl }], (line) => lines.push(line));
    return lines;
  };

  it('lists, requeues and drops dead messages', async () => {
    for (const aggregate of ['a', 'b', 'c']) await world.append({ aggregate, ...command });
    const { counts } = await world.startLane({ limits: { attemptsLimit: 1 } });
    await waitFor('all are buried', () => counts.buried === 3);
    await world.channel.bindQueue('events', 'shop.commands', '#');

    const listed = await run('ls');
    expect(listed).to.have.length(4);
    expect(listed[0]).to.match(
      /^orders_db: dead 1 .* shop.commands product-service.reserve-stock of order a: no queue takes/,
    );
    expect(listed[3]).to.equal('orders_db: 3 dead, 0 blocked');
    expect(await run('drop', 'orders_db', '2')).to.deep.equal(['dropped 2', '1 dropped']);
    expect(await run('requeue', 'orders_db', '1', '2')).to.deep.equal(['requeued 1 as 4', '1 requeued']);
    expect(await run('requeue', 'orders_db', 'all')).to.deep.equal(['requeued 3 as 5', '1 requeued']);

    await waitFor('two arrive', () => world.received.length === 2);
    await untilDrained(world);
    expect(await run('ls', 'orders_db')).to.deep.equal(['orders_db: 0 dead, 0 blocked']);
  });

  it('has blocked messages tried again at once', async () => {
    await world.append({ aggregate: 'a', ...command });
    await world.startLane({ limits: { minDelayMs: 3_600_000, maxDelayMs: 3_600_000 } });
    await waitFor('it is blocked', async () => (await run('ls')).length === 2);
    await world.channel.bindQueue('events', 'shop.commands', '#');
    expect(await run('retry', 'orders_db')).to.deep.equal(['1 will be tried again now']);
    await waitFor('it arrives', () => world.received.length === 1);
  });

  it('is refused with the usage when it makes no sense', async () => {
    for (const args of [
      ['frob'],
      ['requeue'],
      ['requeue', 'orders_db'],
      ['drop', 'orders_db'],
      ['retry', 'orders_db', '1'],
    ]) {
      const error = await run(...args).catch((reason) => reason);
      expect(error.message, args.join(' ')).to.contain('usage: outbox.ts');
    }
    expect((await run('ls', 'shop_db').catch((reason) => reason)).message).to.contain('no database shop_db');
  });
});
