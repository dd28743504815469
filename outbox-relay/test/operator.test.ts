import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { operate } from '../src/outbox.ts';
import { createWorld, untilDrained, type World } from './world.ts';

const because = ['--by', 'ann', '--reason', 'a test'];
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
    expect(await run('drop', 'orders_db', '2', ...because)).to.deep.equal(['dropped 2', '1 dropped']);
    expect(await run('drop', 'orders_db', '2', ...because)).to.deep.equal(['2 is not dead', '0 dropped']);
    expect(await run('requeue', 'orders_db', '1', '2', ...because)).to.deep.equal([
      'requeued 1 as 4',
      '2 is not dead',
      '1 requeued',
    ]);
    expect(await run('requeue', 'orders_db', 'all', ...because)).to.deep.equal(['requeued 3 as 5', '1 requeued']);

    await waitFor('two arrive', () => world.received.length === 2);
    await untilDrained(world);
    expect(await run('ls', 'orders_db')).to.deep.equal(['orders_db: 0 dead, 0 blocked']);
    const log = await run('log');
    expect(log.map((line) => line.replace(/: \S+Z/, '').replace(/ [0-9a-f-]{36}/, ''))).to.deep.equal([
      'orders_db ann requeue as 5 3 product-service.reserve-stock: a test',
      'orders_db ann requeue as 4 1 product-service.reserve-stock: a test',
      'orders_db ann drop 2 product-service.reserve-stock: a test',
      'orders_db: 3 actions',
    ]);
  });

  it('has blocked messages tried again at once', async () => {
    await world.append({ aggregate: 'a', ...command });
    await world.startLane({ limits: { minDelayMs: 3_600_000, maxDelayMs: 3_600_000 } });
    await waitFor('it is blocked', async () => (await run('ls')).length === 2);
    await world.channel.bindQueue('events', 'shop.commands', '#');
    expect(await run('retry', 'orders_db')).to.deep.equal(['1 will be tried again now']);
    await waitFor('it arrives', () => world.received.length === 1);
  });

  it('shows one message, waiting or dead, with its payload', async () => {
    await world.append({ aggregate: 'a', body: { order: 'a' }, messageId: '0197a000-0000-7000-8000-000000000001' });
    const shown = await run('look', 'orders_db', '1');
    expect(shown).to.include('state              waits');
    expect(shown).to.include('message_id         0197a000-0000-7000-8000-000000000001');
    expect(shown).to.include('payload            {"order":"a"}');
    await run('park', 'orders_db', '1', ...because);
    const dead = await run('look', 'orders_db', '1');
    expect(dead).to.include('state              dead');
    expect(dead).to.include('last_error         parked: a test');
    expect(await run('look', 'orders_db', '2')).to.deep.equal([
      '2 neither waits nor is dead: it was published, dropped or requeued',
    ]);
  });

  it('parks a message that blocks its aggregate, which then goes on, and requeues it later', async () => {
    await world.append({ aggregate: 'a', version: 1, ...command });
    await world.startLane({ limits: { minDelayMs: 3_600_000, maxDelayMs: 3_600_000 } });
    await waitFor('it is blocked', async () => (await run('ls')).length === 2);
    await world.append({ aggregate: 'a', version: 2 });

    expect(await run('park', 'orders_db', '1', ...because)).to.deep.equal(['parked 1', '1 parked']);
    expect(await run('park', 'orders_db', '1', ...because)).to.deep.equal(['1 does not wait', '0 parked']);

    await waitFor('the later one arrives', () => world.versions('a').length === 1);
    expect(world.versions('a')).to.deep.equal([2]);
    await world.channel.bindQueue('events', 'shop.commands', '#');
    await run('requeue', 'orders_db', '1');
    await waitFor('the parked one arrives', () => world.versions('a').length === 2);
    await untilDrained(world);
  });

  it('is refused when a reason is missing, or an id is none', async () => {
    for (const [args, because] of [
      [['drop', 'orders_db', '1'], 'drop needs a --reason'],
      [['park', 'orders_db', '1', '--reason', ' '], 'park needs a --reason'],
      [['pause', 'orders_db'], 'pause needs a --reason'],
      [['requeue', 'orders_db', 'x'], 'x is no id of a message'],
      [['ls', '--force'], "Unknown option '--force'"],
    ] as const) {
      const error = await run(...args).catch((reason) => reason);
      expect(error.message).to.contain(because);
    }
  });

  it('is refused with the usage when it makes no sense', async () => {
    for (const args of [
      ['frob'],
      ['requeue'],
      ['requeue', 'orders_db'],
      ['drop', 'orders_db'],
      ['retry', 'orders_db', '1'],
      ['look', 'orders_db', '1', '2'],
      ['pause'],
      ['resume', 'orders_db', '1'],
      ['constructor'],
    ]) {
      const error = await run(...args).catch((reason) => reason);
      expect(error.message, args.join(' ')).to.contain('usage: outbox.ts');
    }
    expect((await run('help')).join()).to.contain('usage: outbox.ts');
    expect((await run('ls', 'shop_db').catch((reason) => reason)).message).to.contain('no database shop_db');
  });
});
