import { AsyncResource } from 'node:async_hooks';
import { takeWhatArrived } from '../batches/take-what-arrived.ts';
import { allEnded } from './all-ended.ts';
import type { Db, Trx } from './database.ts';
import { inTransaction } from './transaction.ts';

const patienceMs = 100;

/** Runs work in a transaction as inTransaction does, which others may share. */
export type Commit = <T>(work: (trx: Trx) => Promise<T>) => Promise<T>;

/**
 * What is asked for while a transaction is under way goes together in the next one, side by side: one by one when it is quiet, one wait
 * for the disk for many when it is busy (group commit). When one of them fails, each has a transaction of its own, so that it fails alone;
 * one that waits for somebody holds up the next for a tenth of a second at most.
 */
export function groupCommit(db: Db): Commit {
  const works = takeWhatArrived(
    (taken: readonly ((trx: Trx) => Promise<unknown>)[]) =>
      inTransaction(db, (trx) => allEnded(taken.map((work) => work(trx)))),
    { patienceMs },
  );
  // Each work goes on in the trace of who asked for it.
  return (work) => works.submit(AsyncResource.bind(work)) as ReturnType<typeof work>;
}
