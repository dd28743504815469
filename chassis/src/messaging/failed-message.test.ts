import type { ConsumeMessage } from 'amqplib';
import { expect } from 'chai';
import { DomainError } from '../errors/domain-error.ts';
import { deadLetterOf, failureOf, replayOf, retryOf } from './failed-message.ts';

const failure = { code: 'TypeError', detail: 'x is undefined' };
const delivered = {
  content: Buffer.from('{}'),
  fields: { exchange: 'shop.events', routingKey: 'note.written' },
  properties: {
    messageId: 'id-1',
    type: 'note.written',
    correlationId: 'note-1',
    appId: 'note-service',
    contentType: 'application/json',
    expiration: '5000',
    userId: 'shop',
    replyTo: undefined,
    headers: {
      traceparent: '00-a-b-00',
      rascal: { originalQueue: 'q' },
      'x-death': [{ count: 1 }],
      'x-first-death-queue': 'q',
      'x-last-death-reason': 'expired',
      'x-delivery-count': 3,
      'x-retry-count': 1,
    },
  },
} as unknown as ConsumeMessage;

describe('failed message', () => {
  it('goes up the ladder rung by rung under its own id, until there is none left', () => {
    const route = (retryCount: number) => ({ queue: 'notes', retryCount, retryDelaysMs: [5_000, 120_000] });
    const first = retryOf(delivered, route(0), failure);
    expect([first?.exchange, first?.routingKey]).to.deep.equal(['shop.retry.5s', 'notes']);
    expect(first?.properties.messageId).to.equal('id-1');
    expect(first?.properties.headers['x-retry-count']).to.equal(1);
    const second = retryOf(delivered, route(1), failure);
    expect([second?.exchange, second?.properties.headers['x-retry-count']]).to.deep.equal(['shop.retry.2m', 2]);
    expect(retryOf(delivered, route(2), failure)).to.equal(undefined);
  });

  it('keeps what its sender said and drops what it picked up on the way', () => {
    const { properties } = deadLetterOf(delivered, 'notes', failure);
    expect(properties).to.include({ type: 'note.written', correlationId: 'note-1', appId: 'note-service' });
    // An expiration would make it vanish from the delay queue before its time; a user id has to be the connection's own.
    expect(properties).not.to.have.any.keys('expiration', 'userId', 'replyTo');
    expect(Object.keys(properties.headers)).to.have.members([
      'traceparent',
      'x-retry-count',
      'x-failure-code',
      'x-failure-detail',
      'x-failed-at',
      'x-failed-by',
    ]);
  });

  it('goes to the dead letters of its queue with the reason', () => {
    const dead = deadLetterOf(delivered, 'notes', failure);
    expect([dead.exchange, dead.routingKey]).to.deep.equal(['shop.dlx', 'notes']);
    expect(dead.properties.headers).to.include({ 'x-failure-code': 'TypeError', 'x-failure-detail': 'x is undefined' });
  });

  it('comes back to its queue alone, with its id and the whole ladder before it', () => {
    const dead = deadLetterOf(delivered, 'notes', failure);
    const replay = replayOf({ content: dead.content, properties: dead.properties as never }, 'notes');
    expect([replay.exchange, replay.routingKey, replay.properties.messageId]).to.deep.equal(['', 'notes', 'id-1']);
    expect(replay.properties.headers).to.deep.equal({ traceparent: '00-a-b-00' });
  });

  it('tells the reason in few words, whatever was thrown', () => {
    expect(failureOf(new DomainError('order.unknown', 'no such order'))).to.deep.equal({
      code: 'order.unknown',
      detail: 'no such order',
    });
    expect(failureOf(Object.assign(new Error('duplicate key'), { code: '23505' })).code).to.equal('23505');
    expect(failureOf(new TypeError('x')).code).to.equal('TypeError');
    expect(failureOf('a text')).to.deep.equal({ code: 'unknown', detail: 'a text' });
    expect(failureOf(new Error('a'.repeat(5_000))).detail).to.have.lengthOf(1_000);
  });
});
