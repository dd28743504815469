import { expect } from 'chai';
import { defineSaga } from '../engine/definition.ts';
import { newInstance } from '../engine/new-instance.ts';
import { createSagaCache } from './saga-cache.ts';
import type { StoredSaga } from './stored-saga.ts';

describe('what a process remembers of sagas', () => {
  it('is a saga at its version, and nothing at another', () => {
    const cache = createSagaCache();
    const saga = aSaga('a', 2);
    cache.keep(saga);
    expect(cache.find('a', 2)).to.equal(saga);
    expect([cache.find('a', 1), cache.find('a', 3), cache.find('b', 2)]).to.deep.equal([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('is forgotten when the saga is over', () => {
    const cache = createSagaCache();
    cache.keep(aSaga('a', 2));
    const last = aSaga('a', 3);
    cache.keep({ ...last, instance: { ...last.instance, phase: 'completed' } });
    expect([cache.find('a', 2), cache.find('a', 3)]).to.deep.equal([undefined, undefined]);
  });

  it('is the sagas that were needed last, no more than the limit', () => {
    const cache = createSagaCache(2);
    cache.keep(aSaga('a', 1));
    cache.keep(aSaga('b', 1));
    cache.find('a', 1);
    cache.keep(aSaga('c', 1));
    const known = ['a', 'b', 'c'].filter((id) => cache.find(id, 1));
    expect(known).to.deep.equal(['a', 'c']);
  });
});

const definition = defineSaga({ type: 'try', version: 1, steps: [] });

function aSaga(id: string, version: number): StoredSaga {
  const instance = newInstance(definition, { id, orderId: 1, data: {} });
  const times = { createdAtMs: 0, stateEnteredAtMs: 0, endedAtMs: null, wakeupAtMs: null };
  return { instance, version, userId: 1, lastSeq: 0, traceparent: null, ...times };
}
