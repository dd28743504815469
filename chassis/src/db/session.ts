import knex, { type Knex } from 'knex';
import type { Db, Trx } from './database.ts';
import type { PreparingConnection } from './prepared-statements.ts';

/** How long a rollback may take before the connection is given up instead. */
const rollbackDeadlineMs = 5_000;

/** A transaction that was begun and has not been ended. */
export interface BegunTransaction {
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

/** Takes a connection from the pool and begins a transaction on it. */
export async function begin(db: Db): Promise<BegunTransaction> {
  const connection: PreparingConnection = await db.client.acquireConnection();
  const release = () => db.client.releaseConnection(connection);
  try {
    await run(connection, 'BEGIN');
  } catch (error) {
    release();
    throw error;
  }
  const session = sessionOf(connection, db);
  const opened = session.open();
  return {
    ...opened,
    commit: async () => {
      session.close();
      return (await run(connection, 'COMMIT')).command === 'COMMIT';
    },
    rollback: async () => {
      session.close();
      const late = AbortSignal.timeout(rollbackDeadlineMs);
      const tooLate = new Promise((_, reject) => late.addEventListener('abort', () => reject(late.reason)));
      await Promise.race([run(connection, 'ROLLBACK'), tooLate]).catch((error: unknown) => {
        connection.__knex__disposed = error;
      });
    },
    release,
  };
}

/**
 * A connection with a knex of its own, made once for both. knex makes one for each transaction, which costs more CPU than the three
 * statements of a small transaction do.
 */
class Session {
  readonly #knex: Knex;
  #current: { readonly failures: unknown[] } | undefined;

  constructor(connection: PreparingConnection, db: Db) {
    const pool = {
      acquire: () => {
        if (!this.#current) throw new Error(ended);
        return { promise: Promise.resolve(connection) };
      },
      release: () => true,
      destroy: async () => undefined,
      numFree: () => 0,
      numUsed: () => 1,
      numPendingAcquires: () => 0,
    };
    this.#knex = knex({ client: 'pg', connectionPool: pool, log: db.client.config.log });
    // Its transactions are savepoints.
    this.#knex.client.transacting = true;
    // Who listens to a pool hears of the statements of its transactions, too.
    this.#knex.on('query', (query: unknown) => db.emit('query', query));
    this.#knex.on('query-error', (error: unknown) => this.#current?.failures.push(error));
  }

  open(): { readonly trx: Trx; readonly failures: readonly unknown[] } {
    const current = { failures: [] };
    this.#current = current;
    return { trx: guarded(this.#knex, () => this.#current === current), failures: current.failures };
  }

  close(): void {
    this.#current = undefined;
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
