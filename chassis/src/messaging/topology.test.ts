import { expect } from 'chai';
import { exchanges } from './envelope.ts';
import {
  deadLetterExchange,
  defaultRetryDelaysMs,
  retryExchange,
  topologyOf,
  traceQueue,
  unrouted,
} from './topology.ts';

const specs = [
  {
    name: 'note-service.commands',
    bindings: [{ exchange: exchanges.commands, keys: ['note-service.#'] }],
  },
  {
    name: 'user-service.notes',
    bindings: [{ exchange: exchanges.events, keys: ['note.written', 'note.burnt'] }],
    singleActiveConsumer: true,
  },
];

describe('topology', () => {
  const topology = topologyOf(specs, defaultRetryDelaysMs);
  const queueOf = (name: string) => topology.queues.find((queue) => queue.name === name);

  it('traces exactly what consumers are bound to, so that what nobody gets stays unroutable', () => {
    const keysOf = (queue: string) =>
      topology.bindings.filter((binding) => binding.queue === queue).map(({ exchange, key }) => `${exchange} ${key}`);
    const consumed = specs.flatMap(({ name }) => keysOf(name));
    expect(keysOf(traceQueue)).to.have.members([...consumed, `${unrouted} `]);
    expect(keysOf(traceQueue)).not.to.include(`${exchanges.events} #`);
  });

  it('gives every queue its dead-letter queue, and a way there that waits for the confirmation', () => {
    for (const { name } of specs) {
      expect(queueOf(name)?.arguments).to.include({
        'x-queue-type': 'quorum',
        'x-delivery-limit': 20,
        'x-dead-letter-exchange': deadLetterExchange,
        'x-dead-letter-routing-key': name,
        'x-dead-letter-strategy': 'at-least-once',
        'x-overflow': 'reject-publish',
      });
      expect(topology.bindings).to.deep.include({ exchange: deadLetterExchange, queue: `${name}.dlq`, key: name });
      expect(queueOf(`${name}.dlq`)?.arguments).not.to.have.any.keys('x-message-ttl', 'x-max-length');
    }
  });

  it('brings a delayed message back to the queue in its routing key', () => {
    for (const delayMs of defaultRetryDelaysMs) {
      const name = retryExchange(delayMs);
      expect(topology.exchanges).to.deep.include({ name, type: 'fanout', arguments: {} });
      expect(queueOf(name)?.arguments).to.include({ 'x-message-ttl': delayMs, 'x-dead-letter-exchange': '' });
      expect(queueOf(name)?.arguments).not.to.have.property('x-dead-letter-routing-key');
    }
    expect(defaultRetryDelaysMs.map(retryExchange)).to.deep.equal([
      'shop.retry.5s',
      'shop.retry.30s',
      'shop.retry.2m',
      'shop.retry.10m',
    ]);
  });

  it('lets one consumer at a time have a queue only where it is asked for', () => {
    expect(queueOf('user-service.notes')?.arguments).to.include({ 'x-single-active-consumer': true });
    expect(queueOf('note-service.commands')?.arguments).not.to.have.property('x-single-active-consumer');
  });

  it('catches events that no queue takes, and keeps only the last messages for people to look at', () => {
    const events = topology.exchanges.find(({ name }) => name === exchanges.events);
    expect(events?.arguments).to.deep.equal({ 'alternate-exchange': unrouted });
    for (const name of [traceQueue, unrouted]) {
      expect(queueOf(name)?.arguments).to.include({ 'x-max-length': 10_000, 'x-overflow': 'drop-head' });
    }
  });
});
