import { exchanges } from '@sagacity/chassis/messaging/envelope';
import { expect } from 'chai';
import { graphOf, type StepNode } from '../../../saga-orchestrator/src/engine/graph.ts';
import { catalogue } from '../../../saga-orchestrator/src/sagas/catalogue.ts';
import {
  type DeclaredConsumer,
  type DeclaredEvent,
  findConsumers,
  findEvents,
  root,
  takesType,
} from './declared-messages.ts';
import { textsOfUseCases } from './emitted-types.ts';

describe('messages of all services', () => {
  let consumers: readonly DeclaredConsumer[];
  let events: readonly DeclaredEvent[];
  before(async () => {
    consumers = await findConsumers();
    events = await findEvents();
  });

  it('G7: every event that somebody consumes has a schema in the contract of one service', () => {
    const consumed = new Set(keysOf(exchanges.events).map(({ key }) => key));
    expect(consumed.size).to.be.greaterThan(8);
    for (const key of consumed) {
      const declared = events.filter((event) => event.key === key);
      expect(declared, `declarations of ${key}`).to.have.lengthOf(1);
      expect(declared[0]?.schema.properties.type.const).to.equal(key);
    }
  });

  it('G7: every event that is declared is emitted by the service that declares it', () => {
    const unheardOf = events.filter(({ service, key }) => !textsOfUseCases(`${root}/${service}`).has(key));
    expect(unheardOf.map(({ service, key }) => `${key} of ${service}`)).to.deep.equal([]);
  });

  it('G7: every command that a saga sends reaches one queue, and every command that is awaited is sent by a saga', () => {
    const sent = new Set(catalogue.sagas.flatMap(({ definition }) => commandsOf(graphOf(definition))));
    const awaited = keysOf(exchanges.commands).map(({ key }) => key);
    expect([...sent].sort()).to.deep.equal([...new Set(awaited)].sort());
    expect(awaited).to.have.lengthOf(new Set(awaited).size);
  });

  it('G7: every key that a queue is bound to has a handler with a schema for it, and no handler waits for a key that is not bound', () => {
    for (const { queue, handlers } of consumers) {
      const keys = queue.bindings.flatMap((binding) => binding.keys);
      if (keys.includes('#')) {
        expect(Object.keys(handlers), queue.name).to.deep.equal(['*']);
        continue;
      }
      expect(Object.keys(handlers).sort(), queue.name).to.deep.equal([...keys].sort());
      for (const [key, handler] of Object.entries(handlers)) {
        expect(takesType(handler, key), `the handler of ${key} on ${queue.name} takes its type`).to.equal(true);
      }
    }
  });

  it('G7: replies are taken by the orchestrator alone, whatever their key', () => {
    expect(keysOf(exchanges.replies)).to.deep.equal([{ queue: 'saga-orchestrator.replies', key: '#' }]);
  });

  function keysOf(exchange: string): { queue: string; key: string }[] {
    return consumers.flatMap(({ queue }) =>
      queue.bindings
        .filter((binding) => binding.exchange === exchange)
        .flatMap(({ keys }) => keys.map((key) => ({ queue: queue.name, key }))),
    );
  }
});

function commandsOf({ origin, groups }: ReturnType<typeof graphOf>): string[] {
  const steps: StepNode[] = [...(origin ? [origin] : []), ...groups.flat()];
  return steps.flatMap(({ command, compensation, resolution }) =>
    [command, compensation, resolution].filter((type) => type !== null),
  );
}
