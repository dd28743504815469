import { expect } from 'chai';
import { Registry } from 'prom-client';
import { DomainError } from '../src/errors/domain-error.ts';
import { TransientError } from '../src/messaging/faults.ts';
import type { MessageHandler } from '../src/messaging/handlers.ts';
import { deadLetterQueue } from '../src/messaging/topology.ts';
import { waitFor } from '../test-kit/wait-for.ts';
import { type MessagingFixture, queue, startMessaging, terminateSessions, writeNotes } from './messaging-fixture.ts';

const dlq = deadLetterQueue(queue.name);

describe('consumer', () => {
  let messaging: MessagingFixture;
  beforeEach(async () => {
    messaging = await startMessaging();
  });
  afterEach(() => messaging.stop());

  /** In how many transactions the notes were written. */
  async function transactions(): Promise<number> {
    const [counted] = await messaging.database.db('notes').countDistinct('txid as n');
    return Number(counted?.n);
  }

  it('handles a message and remembers it in the same transaction', async () => {
    await messaging.consume(writeNotes());
    const id = await messaging.publish('hello');
    await waitFor('the note', async () => (await messaging.notes()).length === 1);
    const [entry] = await messaging.database.db('inbox').select('message_id', 'consumer');
    expect(entry).to.deep.equal({ message_id: id, consumer: queue.name });
  });

  it('handles what has arrived in one transaction, in its order', async () => {
    const texts = Array.from({ length: 50 }, (_, n) => `note ${n}`);
    for (const text of texts) await messaging.publish(text);
    await messaging.consume(writeNotes());
    await waitFor('all notes', async () => (await messaging.notes()).length === 50);
    expect(await messaging.notes()).to.deep.equal(texts);
    expect(await transactions()).to.be.lessThan(10);
  });

  it('lets messages wait for others where it is told to, until as many are there as it handles together', async () => {
    await messaging.consume(writeNotes(), { urgencyOf: () => 'idle', gatherMs: 60_000, maxBatch: 3 });
    for (const text of ['one', 'two', 'three']) await messaging.publish(text);
    await waitFor('all notes', async () => (await messaging.notes()).length === 3);
    expect(await messaging.notes()).to.deep.equal(['one', 'two', 'three']);
    expect(await transactions()).to.equal(1);
  });

  it('handles what has waited long enough, however little it is', async () => {
    await messaging.consume(writeNotes(), { urgencyOf: () => 'idle', gatherMs: 50 });
    await messaging.publish('alone');
    await waitFor('the note', async () => (await messaging.notes()).length === 1);
  });

  it('takes what may wait along with what may not', async () => {
    await messaging.consume(
      { '*': Object.values(writeNotes())[0] as MessageHandler },
      {
        urgencyOf: (type) => (type === 'note.idle' ? 'idle' : 'now'),
        gatherMs: 60_000,
      },
    );
    await messaging.publishRaw('{"text":"idle"}', { type: 'note.idle' });
    await messaging.publish('urgent');
    await waitFor('both notes', async () => (await messaging.notes()).length === 2);
    expect(await messaging.notes()).to.deep.equal(['idle', 'urgent']);
    expect(await transactions()).to.equal(1);
  });

  it('lets what comes right after a batch wait for others while its share of the time is used up', async () => {
    await messaging.consume(writeNotes(), { urgencyOf: () => 'paced', dutyCycle: 0.001 });
    const handled = (count: number) =>
      waitFor('the notes', async () => (await messaging.notes()).length === count, 5_000, 2);
    // Once is enough: a machine that pauses for 200 ms in between lets the second one go alone.
    for (let round = 1; round <= 5 && (await transactions()) === (await messaging.notes()).length; round += 1) {
      for (const text of ['at once', 'waits', 'joins it']) {
        await messaging.publish(text);
        if (text === 'at once') await handled(3 * round - 2);
      }
      await handled(3 * round);
    }
    expect(await transactions()).to.be.lessThan((await messaging.notes()).length);
  });

  it('gives a message that comes twice one effect', async () => {
    const id = await messaging.publish('once');
    await messaging.publish('once', id);
    await messaging.consume(writeNotes());
    await messaging.publish('last');
    await waitFor('the last note', async () => (await messaging.notes()).includes('last'));
    await messaging.publish('once', id);
    await messaging.publish('end');
    await waitFor('the end', async () => (await messaging.notes()).includes('end'));
    expect(await messaging.notes()).to.deep.equal(['once', 'last', 'end']);
  });

  it('G9: puts a poisoned message away with its reason, and the next one goes through', async () => {
    await messaging.consume(writeNotes());
    await messaging.publishRaw('{"text":1}');
    await messaging.publishRaw('not json');
    await messaging.publishRaw('{"text":"x"}', { type: 'note.unknown' });
    await messaging.publish('next');
    await waitFor('the next note', async () => (await messaging.notes()).includes('next'));
    expect(await messaging.notes()).to.deep.equal(['next']);
    await waitFor('three dead letters', async () => (await messaging.depthOf(dlq)) === 3, 10_000);
    const letters = await deadLetters();
    expect(letters.map(({ headers }) => headers['x-failure-code'])).to.have.members([
      'message.invalid',
      'message.malformed',
      'message.type_unknown',
    ]);
  });

  it('lets one bad message of a batch spoil nobody else', async () => {
    for (let step = 0; step < 20; step += 1) await messaging.publish(step === 7 ? 'bad' : `note ${step}`);
    await messaging.consume(
      writeNotes((text) => {
        if (text === 'bad') throw new DomainError('note.bad', 'bad');
      }),
    );
    await waitFor('the other notes', async () => (await messaging.notes()).length === 19);
    await waitFor('the dead letter', async () => (await messaging.depthOf(dlq)) === 1, 10_000);
    expect(new Set(await messaging.notes()).size).to.equal(19);
  });

  it('tries a passing fault again in place', async () => {
    let failures = 2;
    await messaging.consume(
      writeNotes(() => {
        if (failures-- > 0) throw new TransientError('not yet');
      }),
    );
    await messaging.publish('patience');
    await waitFor('the note', async () => (await messaging.notes()).length === 1);
    expect(await messaging.depthOf(dlq)).to.equal(0);
  });

  it('G4: sends what keeps failing up the retry ladder and then to the dead letters, never acknowledging it unhandled', async () => {
    let attempts = 0;
    await messaging.consume(
      writeNotes(() => {
        attempts += 1;
        throw new Error('a bug');
      }),
    );
    const id = await messaging.publish('hopeless');
    await waitFor('the dead letter', async () => (await messaging.depthOf(dlq)) === 1, 15_000);
    // Once, and once after each of the two delays.
    expect(attempts).to.equal(3);
    const [letter] = await deadLetters();
    expect(letter?.message_id).to.equal(id);
    expect(letter?.headers).to.include({ 'x-failure-detail': 'a bug', 'x-retry-count': 2 });
    expect(await messaging.notes()).to.deep.equal([]);
  });

  it('takes a message that comes back from the ladder for new, since it never took effect', async () => {
    let failures = 1;
    await messaging.consume(
      writeNotes(() => {
        if (failures-- > 0) throw new Error('a bug, once');
      }),
    );
    await messaging.publish('later');
    await waitFor('the note', async () => (await messaging.notes()).length === 1, 10_000);
  });

  it('has no double effect when the connection is lost between commit and acknowledgement', async () => {
    let cut = true;
    await messaging.consume(
      writeNotes(async () => {
        if (!cut) return;
        cut = false;
        await closeConnections();
      }),
    );
    await messaging.publish('survivor');
    await waitFor('the note', async () => (await messaging.notes()).length === 1, 15_000);
    await messaging.publish('after');
    await waitFor('the next note', async () => (await messaging.notes()).length === 2, 15_000);
    expect(await messaging.notes()).to.deep.equal(['survivor', 'after']);
  }).timeout(60_000);

  it('waits with its messages while the database is away, instead of sending them up the ladder', async () => {
    let failures = 3;
    await messaging.consume(
      writeNotes(async () => {
        if (failures-- > 0) await terminateSessions(messaging.database);
      }),
    );
    await messaging.publish('through');
    await waitFor('the note', async () => (await messaging.notes()).length === 1, 15_000);
    expect(await messaging.depthOf(dlq)).to.equal(0);
  }).timeout(60_000);

  it('does not take it for an absent database when a handler cannot reach something else', async () => {
    await messaging.consume(
      writeNotes((text) => {
        if (text === 'stuck') throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      }),
    );
    await messaging.publish('stuck');
    await messaging.publish('next');
    await waitFor('the next note', async () => (await messaging.notes()).includes('next'));
    await waitFor('the dead letter', async () => (await messaging.depthOf(dlq)) === 1, 15_000);
  }).timeout(60_000);

  it('counts what became of the messages, under types that a sender cannot make up', async () => {
    const metrics = new Registry();
    await messaging.consume(writeNotes(), { metrics });
    const id = await messaging.publish('counted');
    await messaging.publish('counted', id);
    await messaging.publishRaw('{"text":"x"}', { type: 'made.up' });
    await waitFor('the dead letter', async () => (await messaging.depthOf(dlq)) === 1, 10_000);
    const counted = async () => {
      const { values } = (await metrics.getSingleMetric('mq_messages_consumed_total')?.get()) ?? { values: [] };
      return values.map(({ labels, value }) => `${labels.type} ${labels.result} ${value}`).sort();
    };
    await waitFor('all three are counted', async () => (await counted()).length === 3);
    expect(await counted()).to.deep.equal([
      'note.written duplicate 1',
      'note.written handled 1',
      'unknown dead_lettered 1',
    ]);
  }).timeout(60_000);

  it('finishes its batch and hands the rest back when it is stopped', async () => {
    let release: () => void = () => undefined;
    let begun = false;
    const blocked = new Promise<void>((resolve) => {
      release = resolve;
    });
    const consumer = await messaging.consume(
      writeNotes(() => {
        begun = true;
        return blocked;
      }),
      { maxBatch: 1 },
    );
    for (const text of ['first', 'second', 'third']) await messaging.publish(text);
    await waitFor('the first is being handled', () => begun);
    const stopped = consumer.stop();
    release();
    await stopped;
    expect(await messaging.notes()).to.deep.equal(['first']);
    await waitFor('two messages left', async () => (await messaging.depthOf(queue.name)) === 2, 10_000);
    await messaging.consume(writeNotes());
    await waitFor('all notes', async () => (await messaging.notes()).length === 3);
    expect(await messaging.notes()).to.deep.equal(['first', 'second', 'third']);
  }).timeout(60_000);

  interface Letter {
    readonly message_id: string;
    readonly headers: Record<string, unknown>;
  }

  async function deadLetters(): Promise<Letter[]> {
    const { vhost } = messaging;
    const body = { count: 10, ackmode: 'ack_requeue_true', encoding: 'auto' };
    const messages = (await vhost.management('POST', `/queues/${vhost.name}/${dlq}/get`, body)) as {
      properties: Letter;
    }[];
    return messages.map(({ properties }) => properties);
  }

  async function closeConnections(): Promise<void> {
    const { vhost } = messaging;
    const connections = await waitFor('the connections are listed', async () => {
      const listed = (await vhost.management('GET', `/vhosts/${vhost.name}/connections`)) as { name: string }[];
      return listed.length > 0 && listed;
    });
    for (const { name } of connections) await vhost.management('DELETE', `/connections/${encodeURIComponent(name)}`);
  }
});
