import { setImmediate } from 'node:timers/promises';
import type { Trx } from './database.ts';

interface Group<T, R> {
  readonly items: T[];
  readonly keys: Set<unknown>;
  readonly results: Promise<readonly R[]>;
}

/**
 * A question to the database that is asked once for all who ask it side by side in a transaction, as the handlers of a batch do (the
 * pattern of https://github.com/graphql/dataloader). `ask` gives a result per item, in their order; when it fails, all of them fail.
 * With `keyOf`, an item whose key is in the statement already goes into another one, after it: a statement changes no row twice.
 */
export function together<T, R>(
  ask: (trx: Trx, items: readonly T[]) => Promise<readonly R[]>,
  keyOf: (item: T) => unknown = () => Symbol('one of a kind'),
): (trx: Trx, item: T) => Promise<R> {
  const open = new WeakMap<Trx, Group<T, R>>();

  const openGroup = (trx: Trx): Group<T, R> => {
    const items: T[] = [];
    const results = setImmediate().then(() => {
      if (open.get(trx) === group) open.delete(trx);
      return ask(trx, items);
    });
    const group = { items, keys: new Set(), results };
    open.set(trx, group);
    return group;
  };

  return async (trx, item) => {
    const key = keyOf(item);
    let group = open.get(trx);
    if (!group || group.keys.has(key)) group = openGroup(trx);
    group.keys.add(key);
    const index = group.items.push(item) - 1;
    return (await group.results)[index] as R;
  };
}
