import knex, { type Knex } from 'knex';
import type { QueryConfig } from 'pg';
import { beginStatement } from './begin-with.ts';
import type { Db, Trx } from './database.ts';
import type { PreparingConnection } from './prepared-statements.ts';

/** How long a rollback may take before the connection is given up instead. */
const rollbackDeadlineMs = 5_000;

/** A transaction that has not been ended; PostgreSQL hears of it with its first statement. */
export interface OpenedTransaction {
  readonly trx: Trx;
  /** The errors of its statements so far. */
  readonly failures: readonly unknown[];
  /** Resolves with false when PostgreSQL rolled back instead, as it does after an error that nobody took back. */
  commit(): Promise<boolean>;
  /** Never rejects: where it fails, the connection is given up, and PostgreSQL rolls back by itself. */
  rollback(): Promise<void>;
  /** Hands the connection back; the last call. */
  release(): void;
}

/** Takes a connection from the pool for a transaction. */
export async function openTransaction(db: Db): Promise<OpenedTransaction> {
  const connection: PreparingConnection = await db.client.acquireConnection();
  const session = sessionOf(connection, db);
  const current: Current = { failures: [], isBegun: false };
  session.current = current;
  return {
    trx: guarded(session.knex, () => session.current === current),
    failures: current.failures,
    commit: async () => {
      session.current = undefined;
      if (!current.beginning) return true;
      await current.beginning;
      return current.isBegun && (await run(connection, 'COMMIT')).command === 'COMMIT';
    },
    rollback: async () => {
      session.current = undefined;
      const end = async () => {
        // The first statement can still be under way, and with it BEGIN.
        await current.beginning;
        if (current.isBegun) await run(connection, 'ROLLBACK');
      };
      const late = AbortSignal.timeout(rollbackDeadlineMs);
      const tooLate = new Promise((_, reject) => late.addEventListener('abort', () => reject(late.reason)));
      await Promise.race([end(), tooLate]).catch((error: unknown) => {
        connection.__knex__disposed = error;
      });
    },
    release: () => db.client.releaseConnection(connection),
  };
}

interface Current {
  readonly failures: unknown[];
  isBegun: boolean;
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
    else if (current.isBegun) this.#connection.query(config, done);
    else if (current.beginning) void current.beginning.then(() => this.#queryBegun(current, config, done));
    else current.beginning = new Promise((settle) => this.#begin(current, settle, { config, done }));
  }

  /** What is asked at once with the first statement waits for it: outside of a transaction it would be committed at once. */
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

function run(connection: PreparingConnection, text: string): Promise<{ readonly command: string }> {
  return new Promise((resolve, reject) => {
    connection.query({ text }, (error, result) => (error ? reject(error) : resolve(result as { command: string })));
  });
}
