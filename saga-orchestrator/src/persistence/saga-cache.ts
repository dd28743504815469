import { LRUCache } from 'lru-cache';
import { isOver } from '../engine/instance.ts';
import type { StoredSaga } from './stored-saga.ts';

/** A saga without what moves although its version stays. */
export type KnownSaga = Omit<StoredSaga, 'wakeupAtMs'>;

/**
 * What a process remembers of the sagas it worked on last, so that it need not read them with each message. A version says all there is
 * to know: who changes a saga or its steps raises it in the same transaction, whichever process that is. Only the wake-up is not remembered.
 */
export interface SagaCache {
  /** The saga as it is at this version; undefined where that is not known here. */
  find(id: string, version: number): KnownSaga | undefined;
  /** Remembers a saga as it is committed, and forgets it when it is over: little comes after that. What a transaction may still undo has no place here. */
  keep(saga: StoredSaga): void;
}

const mostSagas = 10_000;

/** An empty cache; when it is full, it forgets the saga that was not needed for longest. */
export function createSagaCache(limit = mostSagas): SagaCache {
  const sagas = new LRUCache<string, KnownSaga>({ max: limit });
  return {
    find: (id, version) => {
      const saga = sagas.get(id);
      return saga?.version === version ? saga : undefined;
    },
    keep: (saga) => {
      const { id } = saga.instance;
      if (isOver(saga.instance)) sagas.delete(id);
      else sagas.set(id, saga);
    },
  };
}
