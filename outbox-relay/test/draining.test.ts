import { inTransaction } from '@sagacity/chassis/db/transaction';
import { uuid7 } from '@sagacity/chassis/ids/uuid7';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { createWorld, untilDrained, type World } from './world.ts';

describe('draining', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.drop());

  it('publishes a row with all that identifies and traces it, and deletes it', async () => {
    const messageId = uuid7();
    await world.append({ aggregate: '7', version: 3, messageId, body: { text: 'Käse' } });
    await world.startLane();

    const message = await waitFor('the message arrives', () => world.received[0]);
    await untilDrained(world);

    expect(message.content.toString()).to.equal('{"text":"Käse"}');
    expect(message.fields).to.include({ exchange: 'shop.events', routingKey: 'order.created' });
    expect(message.properties).to.include({
      messageId,
      type: 'order.created',
      appId: 'order-service',
      correlationId: 'order-7',
      contentType: 'application/json',
      deliveryMode: 2,
    });
    expect(message.properties.timestamp).to.be.closeTo(Date.now() / 1_000, 10);
    expect(message.properties.headers).to.deep.equal({
      'x-aggregate-type': 'order',
      'x-aggregate-id': '7',
      'x-aggregate-version': 3,
      causation_id: 'cause-1',
      traceparent: '00-trace',
    });
    expect(world.received).to.have.length(1);
  });

  it('publishes thousands in the order of their ids, over many windows', async () => {
    const total = 3_000;
    for (let first = 0; first < total; first += 500) {
      await inTransaction(world.database.db, async (trx) => {
        for (let n = first; n < first + 500; n += 1) world.appendIn(trx, { aggregate: String(n % 7), version: n });
      });
    }
    await world.startLane();

    await waitFor('all arrive', () => world.received.length >= total, 15_000);
    await untilDrained(world);

    const versions = world.received.map(({ properties }) => properties.headers?.['x-aggregate-version']);
    expect(versions).to.deep.equal(Array.from({ length: total }, (_, n) => n));
  });

  it('never publishes what was rolled back', async () => {
    await world.startLane();
    const failure = new Error('no');
    const attempt = inTransaction(world.database.db, async (trx) => {
      world.appendIn(trx, { aggregate: 'rolled-back' });
      await trx.raw(insertOf('rolled-back'));
      throw failure;
    });
    expect(await attempt.catch((error) => error)).to.equal(failure);

    await world.append({ aggregate: 'after' });
    await waitFor('the later one arrives', () => world.received.length > 0);
    await untilDrained(world);
    expect(world.versions('rolled-back')).to.deep.equal([]);
    expect(world.received).to.have.length(1);
  });

  it('publishes a lower id that is committed after higher ones were drained', async () => {
    await world.startLane();
    const late = await world.database.db.transaction();
    await late.raw(insertOf('late'));
    for (let version = 1; version <= 5; version += 1) await world.append({ aggregate: 'early', version });
    await waitFor('the higher ids are drained', () => world.versions('early').length === 5);
    await untilDrained(world);
    // Several looks at the low-water mark, which must not pass the undecided id.
    const { lane } = await world.startLane();
    await waitFor('a second lane stands by', () => lane.state() === 'standby');

    await late.commit();

    await waitFor('the late one arrives', () => world.versions('late').length === 1);
    await untilDrained(world);
  });

  it('wakes up by a poke, long before it would look by itself', async () => {
    const { lane } = await world.startLane({ limits: { pollMs: 60_000, housekeepingMs: 60_000 } });
    await waitFor('the lane leads', () => lane.state() === 'leading');
    await world.append({ version: 1 });
    lane.poke();
    await waitFor('it arrives', () => world.received.length === 1, 2_000);
    await world.append({ version: 2 });
    lane.poke();
    await waitFor('the next one arrives', () => world.received.length === 2, 2_000);
  });

  it('looks by itself when no poke comes', async () => {
    const { lane } = await world.startLane();
    await waitFor('the lane leads', () => lane.state() === 'leading');
    await world.append();
    await waitFor('it arrives', () => world.received.length === 1, 2_000);
  });

  it('sends a payload of almost 1 MiB, and many of them without reading all at once', async () => {
    for (let version = 1; version <= 24; version += 1) {
      await world.append({ version, body: { filler: 'x'.repeat(1024 * 1024 - 20) } });
    }
    await world.startLane();
    await waitFor('all arrive', () => world.received.length === 24, 20_000);
    expect(world.versions('1')).to.deep.equal(Array.from({ length: 24 }, (_, n) => n + 1));
    expect(world.received[0]?.content.length).to.be.greaterThan(1024 * 1024 - 20);
    await untilDrained(world);
  });

  it('settles and deletes everything in flight before it stops, and leaves the rest', async () => {
    for (let n = 0; n < 10; n += 1) {
      await inTransaction(world.database.db, async (trx) => {
        for (let m = 0; m < 500; m += 1) world.appendIn(trx, { aggregate: 'x', version: n * 500 + m });
      });
    }
    const { lane } = await world.startLane({ limits: { batchSize: 50, window: 100 } });
    await waitFor('some arrive', () => world.received.length > 200);

    await lane.stop();

    const left = await world.outboxSize();
    expect(left).to.be.greaterThan(0);
    await waitFor('what was deleted has arrived', () => world.received.length + left >= 5_000);
    expect(world.received.length + left).to.equal(5_000);
  });

  function insertOf(aggregate: string): string {
    return `INSERT INTO outbox (message_id, routing_key, aggregate_type, aggregate_id, aggregate_version, payload)
      VALUES (gen_random_uuid(), 'order.created', 'order', '${aggregate}', 1, '{}')`;
  }
});
