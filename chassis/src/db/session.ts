import knex, { type Knex } from 'knex';
import type { QueryConfig } from 'pg';
import { allEnded } from './all-ended.ts';
import { beginStatement } from './begin-with.ts';
import type { Db, Trx } from './database.ts';
import type { PreparingConnection } from './prepared-statements.ts';
import type { Statement } from './run-sql.ts';

/** How long a rollback may take before the connection is given up instead. */
const rollbackDeadlineMs = 5_000;

/** A transaction that has not been ended; PostgreSQL hears of it with its first statement. */
export interface OpenedTransaction {
  readonly trx: Trx;
  /** The errors of its statements so far. */
  readonly failures: readonly unknown[];
  /**
   * Runs the given statements and commits, all in one go; rejects with the error of one that fails, and PostgreSQL has rolled back then.
   * Resolves with false when it rolled back because of an earlier error, which nobody took back.
   */
  commit(last: readonly Statement[]): Promise<boolean>;
  /** Never rejects: where it fails, the connection is given up, and PostgreSQL rolls back by itself. */
  rollback(): Promise<void>;
  /** Hands the connection back; the last call. */
  release(): void;
}

/** Takes a connection from the pool for a transaction. */
export async function openTransaction(db: Db): Promise<OpenedTransaction> {
  const connection: PreparingConnection = await db.client.acquireConnection();
  const session = sessionOf(connection, db);
  const current: Current = { failures: [], isBegun: false, isSent: false };
  session.current = current;
  const rollback = async () => {
    session.current = undefined;
    const end = async () => {
      // The first statement can still be under way, and with it BEGIN.
      await current.beginning;
      if (current.isBegun) await run(connection, { text: 'ROLLBACK' });
    };
    const late = AbortSignal.timeout(rollbackDeadlineMs);
    const tooLate = new Promise((_, reject) => late.addEventListener('abort', () => reject(late.reason)));
    await Promise.race([end(), tooLate]).catch((error: unknown) => {
      connection.__knex__disposed = error;
    });
  };
  const begin = async (first: Statement) => {
    try {
      await run(session, first);
    } catch (error) {
      await rollback();
      throw error;
    }
  };
  return {
    trx: guarded(session.knex, () => session.current === current),
    failures: current.failures,
    commit: async (last) => {
      for (const { text, values } of last) db.emit('query', { sql: text, bindings: values });
      const [first, ...others] = last;
      // Where nothing was asked before, the first of them begins the transaction.
      const isFresh = first !== undefined && current.beginning === undefined;
      if (isFresh) await begin(first);
      session.current = undefined;
      await current.beginning;
      if (!current.isBegun) return current.beginning === undefined;
      const statements = [...(isFresh ? others : last), { text: 'COMMIT' }];
      const answers = await allEnded(statements.map((statement) => run(connection, statement)));
      return answers.at(-1)?.command === 'COMMIT';
    },
    rollback,
    release: () => db.client.releaseConnection(connection),
  };
}

interface Current {
  readonly failures: unknown[];
  isBegun: boolean;
  /** BEGIN and the first statement are on their way, so what is asked now comes after them. */
  isSent: boolean;
  /** Resolves when PostgreSQL has begun the transaction or failed to; absent before the first statement. */
  beginning?: Promise<void>;
}

type Done = Parameters<PreparingConnection['query']>[1];

/**
 * A connection with a knex of its own, made once for both. knex makes one for each transaction, which costs more CPU than the three
 * statements of a small transaction do. To its knex it is the connection, and sends BEGIN along with a transaction's first statement.
 */
class Session implements PreparingConnection {
  readonly knex: Knex;
  readonly #connection: PreparingConnection;
  #hasPreparedBegin = false;
  current: Current | undefined;

  constructor(connection: PreparingConnection, db: Db) {
    this.#connection = connection;
    const pool = {
      acquire: () => ({ promise: Promise.resolve(this) }),
      release: () => true,
      destroy: async () => undefined,
      numFree: () => 0,
      numUsed: () => 1,
      numPendingAcquires: () => 0,
    };
    this.knex = knex({ client: 'pg', connectionPool: pool, log: db.client.config.log });
    // Its transactions are savepoints.
    this.knex.client.transacting = true;
    // Who listens to a pool hears of the statements of its transactions, too.
    this.knex.on('query', (query: unknown) => db.emit('query', query));
    this.knex.on('query-error', (error: unknown) => this.current?.failures.push(error));
  }

  set __knex__disposed(reason: unknown) {
    this.#connection.__knex__disposed = reason;
  }

  query(config: QueryConfig, done: Done): void {
    const { current } = this;
    if (!current) done(new Error(ended), undefined);
    else if (current.isBegun || (current.isSent && changesNothing(config))) this.#connection.query(config, done);
    else if (current.beginning) void current.beginning.then(() => this.#queryBegun(current, config, done));
    else current.beginning = new Promise((settle) => this.#begin(current, settle, { config, done }));
  }

  /** A change that is asked for at once with the first statement waits for it: outside of a transaction it would be committed at once. */
  #queryBegun(current: Current, config: QueryConfig, done: Done): void {
    if (current.isBegun) this.#connection.query(config, done);
    else done(new Error('the transaction could not begin'), undefined);
  }

  #begin(current: Current, settle: () => void, first: { readonly config: QueryConfig; readonly done: Done }): void {
    const onBegun = () => {
      current.isBegun = true;
      settle();
    };
    if (this.#hasPreparedBegin) {
      this.#connection.query({ ...first.config, onBegun }, (error, result) => {
        if (!current.isBegun) this.#connection.__knex__disposed = error;
        settle();
        first.done(error, result);
      });
      current.isSent = true;
      return;
    }
    this.#connection.query({ name: beginStatement, text: 'BEGIN' }, (error) => {
      if (error) settle();
      else onBegun();
      this.#hasPreparedBegin = !error;
      if (error) first.done(error, undefined);
      else this.#connection.query(first.config, first.done);
    });
  }
}

const sessions = new WeakMap<PreparingConnection, Session>();

function sessionOf(connection: PreparingConnection, db: Db): Session {
  const known = sessions.get(connection);
  if (known) return known;
  const made = new Session(connection, db);
  sessions.set(connection, made);
  return made;
}

/**
 * True for what may run without the transaction, which then fails all the same: a lock that it takes ends with it. A function that writes
 * must not be called by a SELECT at the beginning of a transaction.
 */
function changesNothing({ text }: QueryConfig): boolean {
  return /^\s*SELECT\b/.test(text);
}

const ended = 'the transaction has ended: a statement of it came too late';

/** The connection's knex for one transaction: work that outlives it must not write into the next one's. */
function guarded(session: Knex, isOpen: () => boolean): Trx {
  const assertOpen = () => {
    if (!isOpen()) throw new Error(ended);
  };
  return new Proxy(session, {
    get: (target, key) => {
      assertOpen();
      if (key === 'commit' || key === 'rollback')
        throw new Error(`inTransaction ends the transaction: ${key} is not for its work`);
      return Reflect.get(target, key);
    },
    apply: (target, self, args: Parameters<Knex>) => {
      assertOpen();
      return Reflect.apply(target, self, args);
    },
  }) as Trx;
}

function run(connection: PreparingConnection, statement: QueryConfig): Promise<{ readonly command: string }> {
  return new Promise((resolve, reject) => {
    connection.query(statement, (error, result) => (error ? reject(error) : resolve(result as { command: string })));
  });
}
