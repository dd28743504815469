import type { Db, Trx } from '../db/database.ts';
import { databaseOf } from '../db/transaction.ts';

/** Tells the relay that a database has new outbox rows. Losing a poke costs latency, never a message. */
export type Poke = () => void;

export const pokeChannel = 'outbox:poke';

const pokes = new WeakMap<Db, Poke>();

/** Registers whom to poke after a commit that appended to this database's outbox. */
export function registerPoke(db: Db, poke: Poke): void {
  pokes.set(db, poke);
}

/** Pokes the relay for the database of a committed transaction; nothing happens when nobody is registered. */
export function pokeAfterCommit(trx: Trx): void {
  pokes.get(databaseOf(trx))?.();
}

/**
 * A poke that publishes the database's name on the Redis channel `outbox:poke`: at once when idle, then at most once per interval.
 * Failures are passed to onError and otherwise ignored, since the relay polls.
 */
export function createPoke(options: {
  readonly database: string;
  readonly publish: (channel: string, message: string) => Promise<unknown>;
  readonly onError: (error: unknown) => void;
  readonly intervalMs?: number;
}): Poke {
  const intervalMs = options.intervalMs ?? 4;
  let waiting = false;
  let again = false;
  const send = () => {
    waiting = true;
    again = false;
    options.publish(pokeChannel, options.database).catch(options.onError);
    setTimeout(() => {
      waiting = false;
      if (again) send();
    }, intervalMs).unref();
  };
  return () => {
    if (waiting) again = true;
    else send();
  };
}
