import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { fullQueue, killedBy } from './hostile-broker.ts';
import { createWorld, untilDrained, type World, withoutRepetitions } from './world.ts';

interface Row {
  readonly aggregate_id: string;
  readonly aggregate_version: number;
  readonly attempts: number;
  readonly last_error: string | null;
}

const command = { exchange: 'shop.commands', routingKey: 'product-service.reserve-stock' };

describe('a message that cannot be delivered', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.drop());
  const outbox = () =>
    world.rows<Row>('SELECT aggregate_id, aggregate_version, attempts, last_error FROM outbox ORDER BY id');
  const blocked = () =>
    world.rows<{ aggregate_id: string; reason: string }>('SELECT aggregate_id, reason FROM outbox_blocked');
  const dead = () => world.rows<Row & { id: number }>('SELECT * FROM outbox_dead ORDER BY id');

  it('G3: holds back its own aggregate alone', async () => {
    await world.append({ aggregate: 'poisoned', version: 1, ...command });
    const { counts } = await world.startLane();
    await waitFor('it is returned', () => counts.returned > 0);
    await waitFor('its aggregate waits', async () => (await blocked()).length === 1);

    await world.append({ aggregate: 'poisoned', version: 2 });
    await world.append({ aggregate: 'healthy', version: 1 });
    await waitFor('the other aggregate goes on', () => world.versions('healthy').length === 1);
    const before = counts.returned;
    await waitFor('it was tried again', () => counts.returned > before);

    expect(world.versions('poisoned')).to.deep.equal([]);
    await waitFor('the other one is deleted', async () => (await outbox()).length === 2);
    expect((await outbox()).map((row) => row.aggregate_id)).to.deep.equal(['poisoned', 'poisoned']);
    expect((await outbox()).map((row) => row.aggregate_version)).to.deep.equal([1, 2]);
    expect((await blocked())[0]).to.include({
      aggregate_id: 'poisoned',
      reason: `no queue takes ${command.routingKey}`,
    });
    expect((await outbox())[0]).to.include({ last_error: `no queue takes ${command.routingKey}` });
  });

  it('goes out, and after it the rest of its aggregate in order, once a queue is there', async () => {
    await world.append({ aggregate: 'a', version: 1, ...command });
    const { counts } = await world.startLane();
    await waitFor('its aggregate waits', async () => (await blocked()).length === 1);
    for (let version = 2; version <= 6; version += 1) {
      await world.append({ aggregate: 'a', version, ...(version % 2 === 0 ? {} : command) });
    }
    await waitFor('it was tried again', () => counts.returned > 1);

    await world.channel.bindQueue('events', 'shop.commands', '#');

    await untilDrained(world);
    await waitFor('all arrive', () => world.received.length >= 6);
    expect(world.versions('a')).to.deep.equal([1, 2, 3, 4, 5, 6]);
    await waitFor('nothing waits any more', async () => (await blocked()).length === 0);
  });

  it('is buried after the limit of attempts, and lets its aggregate go on', async () => {
    await world.append({ aggregate: 'a', version: 1, ...command });
    const { counts } = await world.startLane({ limits: { attemptsLimit: 3 } });
    await waitFor('its aggregate waits', async () => (await blocked()).length === 1);
    await world.append({ aggregate: 'a', version: 2 });

    await waitFor('the later message arrives', () => world.versions('a').length === 1);

    expect(counts).to.include({ returned: 3, buried: 1 });
    expect((await dead())[0]).to.include({ aggregate_version: 1, attempts: 3 });
    await untilDrained(world);
    expect(await blocked()).to.deep.equal([]);
  });

  it('is sent when it is requeued after the fault was mended', async () => {
    await world.append({ aggregate: 'a', version: 1, ...command });
    await world.startLane({ limits: { attemptsLimit: 1 } });
    const [buried] = await waitFor('it is buried', async () => ((await dead()).length > 0 ? await dead() : undefined));
    await world.channel.bindQueue('events', 'shop.commands', '#');

    await world.rows('SELECT requeue_dead_outbox(?)', [String(buried?.id)]);

    await waitFor('it arrives', () => world.versions('a').length === 1);
    await untilDrained(world);
    expect(await dead()).to.deep.equal([]);
  });

  it('waits without losing attempts while its exchange is missing, and the lane says so', async () => {
    const exchange = 'shop.replies';
    await world.append({ aggregate: 'a', version: 1, exchange, routingKey: 'order.done' });
    await world.append({ aggregate: 'a', version: 2 });
    await world.append({ aggregate: 'b', version: 1 });
    const { lane, counts } = await world.startLane({ limits: { attemptsLimit: 2 } });
    await waitFor('the other aggregate goes on', () => world.versions('b').length === 1);
    await waitFor('its aggregate waits', async () => (await blocked()).length === 1);

    expect(() => lane.check()).to.throw('exchange shop.replies is missing');
    const [first] = await outbox();
    expect(first).to.include({ attempts: 0, last_error: 'exchange shop.replies is missing' });

    await world.channel.assertExchange(exchange, 'topic');
    await world.channel.bindQueue('events', exchange, '#');
    await untilDrained(world);
    await waitFor('all arrive', () => world.received.length === 3);
    expect(world.versions('a')).to.deep.equal([1, 2]);
    expect(counts.buried).to.equal(0);
  });

  it('waits when its exchange is deleted while the lane runs', async () => {
    await world.append({ aggregate: 'a', version: 1 });
    const { lane } = await world.startLane();
    await untilDrained(world);
    await world.channel.deleteExchange('shop.events');
    await world.append({ aggregate: 'a', version: 2 });
    await waitFor('its aggregate waits', async () => (await blocked()).length === 1);
    expect((await outbox())[0]).to.include({ attempts: 0 });
    expect(() => lane.check()).to.throw('is missing');

    await world.channel.assertExchange('shop.events', 'topic');
    await world.channel.bindQueue('events', 'shop.events', 'order.#');
    await untilDrained(world);
    expect(withoutRepetitions(world.versions('a'))).to.deep.equal([1, 2]);
  });

  for (const [what, change] of [
    ['its headers are no JSON', `headers = 'nonsense'`],
    ['its headers are too large for a frame', `headers = json_build_object('causation_id', repeat('x', 200000))::text`],
    ['its routing key is too long', `routing_key = repeat('x', 300)`],
  ] as const) {
    it(`is buried like an unroutable one when ${what}`, async () => {
      await world.append({ aggregate: 'a', version: 1 });
      await world.rows(`UPDATE outbox SET ${change}`);
      await world.append({ aggregate: 'a', version: 2 });
      await world.append({ aggregate: 'b', version: 1 });

      const { counts } = await world.startLane({ limits: { attemptsLimit: 2 } });

      await waitFor('the rest arrives', () => world.received.length === 2);
      expect(world.versions('a')).to.deep.equal([2]);
      expect(world.versions('b')).to.deep.equal([1]);
      expect((await dead())[0]).to.include({ aggregate_version: 1, attempts: 2 });
      expect(counts.buried).to.equal(1);
    });
  }

  it('is found among its window and set aside when the broker closes the channel because of it', async () => {
    for (let version = 1; version <= 9; version += 1) {
      const aggregate = version % 3 === 0 ? 'c' : 'b';
      await world.append({ aggregate: version === 5 ? 'killer' : aggregate, version });
    }
    const { broker, counts } = await world.startLane({
      limits: { attemptsLimit: 2 },
      broker: killedBy(world, 'killer'),
    });

    await waitFor('it is buried', () => counts.buried === 1, 10_000);
    await untilDrained(world);

    expect(withoutRepetitions(world.versions('b'))).to.deep.equal([1, 2, 4, 7, 8]);
    expect(withoutRepetitions(world.versions('c'))).to.deep.equal([3, 6, 9]);
    expect((await dead()).map((row) => row.aggregate_id)).to.deep.equal(['killer']);
    expect((await dead())[0]?.last_error).to.contain('PRECONDITION');
    expect(broker.state()).to.equal('up');
  });

  it('stays when a full queue refuses it, without ever being buried', async () => {
    await fullQueue(world);
    await world.append({ aggregate: 'refused', version: 1, exchange: 'shop.commands', routingKey: 'full.1' });
    await world.append({ aggregate: 'refused', version: 2 });
    const { counts } = await world.startLane({ limits: { attemptsLimit: 2, nacksForgiven: 2 } });
    await waitFor('its aggregate alone waits', async () => (await blocked()).length === 1);
    await world.append({ aggregate: 'healthy', version: 1 });
    await waitFor('the other aggregate goes on', () => world.versions('healthy').length === 1);
    await waitFor('it is refused beyond the limit of attempts', () => counts.nacked > 6);

    expect(counts).to.include({ buried: 0, returned: 0 });
    await world.channel.purgeQueue('full');
    await untilDrained(world);
    expect((await world.channel.checkQueue('full')).messageCount).to.equal(1);
    await waitFor('the rest of its aggregate follows', () => world.versions('refused').includes(2));
  });
});
