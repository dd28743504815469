import { allEnded } from './all-ended.ts';
import type { Db, Trx } from './database.ts';
import type { Statement } from './run-sql.ts';
import { type OpenedTransaction, openTransaction } from './session.ts';
import { isStalePlan, sqlState } from './sql-state.ts';

type CommitHook = (trx: Trx) => Promise<void>;
type LastStatements = () => readonly Statement[];
type AfterCommit = () => void;

interface OpenTransaction {
  readonly db: Db;
  readonly beforeCommit: CommitHook[];
  readonly withCommit: LastStatements[];
  readonly afterCommit: AfterCommit[];
}

const open = new WeakMap<Trx, OpenTransaction>();

/** SQLSTATEs after which the whole transaction may simply be run again: serialization failure and deadlock. */
const repeatable = new Set(['40001', '40P01']);
const defaultAttempts = 3;
/** The SQLSTATE of a statement that comes after one that failed. */
const transactionFailed = '25P02';

/**
 * Runs the work in one READ COMMITTED transaction and commits it; on any error, also one that the work swallowed, it is rolled back and the error thrown.
 * After a deadlock or serialization failure the whole work runs again, at most three times, so it must have no effect outside the transaction.
 */
export async function inTransaction<T>(
  db: Db,
  work: (trx: Trx) => Promise<T>,
  { attempts = defaultAttempts }: { readonly attempts?: number } = {},
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await runOnce(db, work);
    } catch (error) {
      if (attempt >= attempts || !(repeatable.has(sqlState(error)) || isStalePlan(error))) throw error;
    }
  }
}

/**
 * Adds work that runs inside the transaction right before its commit; an error in it rolls everything back. What was added by then
 * runs side by side, in the order of adding as far as its first statement; what it adds itself runs after it.
 */
export function beforeCommit(trx: Trx, hook: CommitHook): void {
  stateOf(trx).beforeCommit.push(hook);
}

/**
 * Adds statements that travel together with COMMIT, when all other work is done. What they answer is not looked at; an error in one of
 * them rolls everything back. They are asked for once, right before they are sent.
 */
export function withCommit(trx: Trx, statements: LastStatements): void {
  stateOf(trx).withCommit.push(statements);
}

/** Adds work that runs only once the transaction is committed; it must not throw. */
export function afterCommit(trx: Trx, hook: AfterCommit): void {
  stateOf(trx).afterCommit.push(hook);
}

/** The database in which a transaction was opened. */
export function databaseOf(trx: Trx): Db {
  return stateOf(trx).db;
}

/** The name of the constraint that a database error names, or an empty text. */
export function violatedConstraint(error: unknown): string {
  const { constraint } = (error ?? {}) as { constraint?: unknown };
  return typeof constraint === 'string' ? constraint : '';
}

async function runOnce<T>(db: Db, work: (trx: Trx) => Promise<T>): Promise<T> {
  const state: OpenTransaction = { db, beforeCommit: [], withCommit: [], afterCommit: [] };
  const opened = await openTransaction(db);
  let result: T;
  try {
    open.set(opened.trx, state);
    result = await committed(opened, state, work);
  } finally {
    opened.release();
  }
  for (const hook of state.afterCommit) hook();
  return result;
}

async function committed<T>(
  opened: OpenedTransaction,
  state: OpenTransaction,
  work: (trx: Trx) => Promise<T>,
): Promise<T> {
  let result: T;
  let last: readonly Statement[];
  try {
    result = await work(opened.trx);
    await runHooks(opened.trx, state.beforeCommit);
    last = state.withCommit.flatMap((statements) => statements());
  } catch (error) {
    await opened.rollback();
    throw error;
  }
  await commit(opened, last);
  return result;
}

/** When the work has swallowed an error, PostgreSQL refuses all that follows and answers COMMIT by rolling back, without an error. */
async function commit(opened: OpenedTransaction, last: readonly Statement[]): Promise<void> {
  try {
    if (await opened.commit(last)) return;
  } catch (error) {
    if (sqlState(error) !== transactionFailed) throw error;
  }
  throw opened.failures[0] ?? new Error('PostgreSQL rolled the transaction back');
}

async function runHooks(trx: Trx, hooks: CommitHook[]): Promise<void> {
  while (hooks.length > 0) await allEnded(hooks.splice(0).map((hook) => hook(trx)));
}

function stateOf(trx: Trx): OpenTransaction {
  const state = open.get(trx);
  if (!state) throw new Error('the transaction was not opened by inTransaction');
  return state;
}
