import { expect } from 'chai';
import { uuid7 } from '../src/ids/uuid7.ts';
import { createDeadLetters, type DeadLetters } from '../src/messaging/dead-letters.ts';
import { PermanentError } from '../src/messaging/faults.ts';
import { deadLetterQueue } from '../src/messaging/topology.ts';
import { waitFor } from '../test-kit/wait-for.ts';
import { type MessagingFixture, queue, startMessaging, writeNotes } from './messaging-fixture.ts';

describe('dead letters', () => {
  let messaging: MessagingFixture;
  let letters: DeadLetters;
  let broken: boolean;

  beforeEach(async () => {
    messaging = await startMessaging();
    letters = createDeadLetters({ url: messaging.vhost.url, service: 'test-service' });
    broken = true;
  });
  afterEach(() => messaging.stop());

  it('are shown with their reason and stay where they are, in their order, however often they are looked at', async () => {
    const ids = await threeLetters();
    for (let look = 0; look < 25; look += 1) {
      const shown = await letters.peek(queue.name, 10);
      expect(shown.map(({ messageId }) => messageId)).to.deep.equal(ids);
    }
    const [oldest] = await letters.peek(queue.name, 1);
    expect(oldest).to.deep.include({
      queue: queue.name,
      type: 'note.written',
      correlationId: 'note-1',
      code: 'note.broken',
      detail: 'not today',
      retryCount: 0,
      payload: '{"text":"note 1"}',
    });
    expect(new Date(oldest?.failedAt ?? '').getTime()).to.be.greaterThan(Date.now() - 60_000);
    expect(await letters.count(queue.name)).to.equal(3);
  }).timeout(60_000);

  it('are replayed one by one, into their own queue alone and under their own id', async () => {
    const [, second] = await threeLetters();
    broken = false;
    const traced = await messaging.depthOf('shop.trace');
    expect(await letters.replay(queue.name, second ?? '')).to.equal(true);
    await waitFor('the note', async () => (await messaging.notes()).length === 1);
    expect(await messaging.notes()).to.deep.equal(['note 2']);
    const [entry] = await messaging.database.db('inbox').pluck('message_id');
    expect(entry).to.equal(second);
    await waitFor('two letters are left', async () => (await letters.count(queue.name)) === 2);
    expect(await messaging.depthOf('shop.trace')).to.equal(traced);
  }).timeout(60_000);

  it('tells when a letter is not among them, and loses none', async () => {
    await threeLetters();
    expect(await letters.replay(queue.name, uuid7())).to.equal(false);
    expect(await letters.count(queue.name)).to.equal(3);
  }).timeout(60_000);

  it('are replayed all together, oldest first', async () => {
    await threeLetters();
    broken = false;
    expect(await letters.replayAll(queue.name)).to.equal(3);
    await waitFor('all notes', async () => (await messaging.notes()).length === 3);
    expect(await messaging.notes()).to.deep.equal(['note 1', 'note 2', 'note 3']);
    expect(await letters.count(queue.name)).to.equal(0);
  }).timeout(60_000);

  it('come back, with the same history, when they fail again', async () => {
    const [first] = await threeLetters();
    expect(await letters.replay(queue.name, first ?? '')).to.equal(true);
    await waitFor('all three lie there again', async () => (await letters.count(queue.name)) === 3);
    const shown = await letters.peek(queue.name, 10);
    expect(shown.at(-1)).to.include({ messageId: first, code: 'note.broken', retryCount: 0 });
  }).timeout(60_000);

  it('have no second effect when their message had one', async () => {
    broken = false;
    await messaging.consume(handlers());
    const id = await messaging.publish('once');
    await waitFor('the note', async () => (await messaging.notes()).length === 1);
    await messaging.broker.publish({
      exchange: '',
      routingKey: deadLetterQueue(queue.name),
      content: Buffer.from('{"text":"once"}'),
      properties: { messageId: id, type: 'note.written' },
    });
    expect(await letters.replay(queue.name, id)).to.equal(true);
    await messaging.publish('last');
    await waitFor('the last note', async () => (await messaging.notes()).includes('last'));
    expect(await messaging.notes()).to.deep.equal(['once', 'last']);
  }).timeout(60_000);

  function handlers() {
    return writeNotes(() => {
      if (broken) throw new PermanentError('note.broken', 'not today');
    });
  }

  /** Three letters in their order, and the consumer that made them, still at work. */
  async function threeLetters(): Promise<string[]> {
    await messaging.consume(handlers());
    const ids = [uuid7(), uuid7(), uuid7()];
    for (const [n, messageId] of ids.entries()) {
      await messaging.publishRaw(`{"text":"note ${n + 1}"}`, { messageId, correlationId: 'note-1' });
    }
    await waitFor('three letters', async () => (await messaging.depthOf(deadLetterQueue(queue.name))) === 3, 15_000);
    return ids;
  }
});
