import knex, { type Knex } from 'knex';
import pg from 'pg';
import type { Part } from '../lifecycle/part.ts';
import { untilItSucceeds } from '../lifecycle/retry.ts';
import type { Logger } from '../logging/logger.ts';
import { type ConnectedClient, createStatementNames, prepareStatements } from './prepared-statements.ts';

/** A pool of connections to one database. */
export type Db = Knex;

/** An open transaction. A function that must run inside one asks for this type, which a Db does not satisfy. */
export type Trx = Knex.Transaction;

export interface DatabaseOptions {
  readonly url: string;
  /** Shown as application_name, so that an operator sees whose session it is. */
  readonly applicationName: string;
  readonly poolMax: number;
  /** Told of lost idle connections; queries that fail reject anyway. */
  readonly logger?: Logger;
  /** A statement that runs longer is cancelled by the server; default 15,000 ms. */
  readonly statementTimeoutMs?: number;
}

const timestampWithoutZone = 1114;
const bigint = 20;

/** TIMESTAMP columns hold UTC (sessions run in UTC); the driver's default would read them in the machine's zone. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
    if (oid === timestampWithoutZone) return (text: string) => new Date(`${text.replace(' ', 'T')}Z`);
    if (oid === bigint) return readBigint;
    return pg.types.getTypeParser(oid, format as 'text');
  }) as pg.CustomTypesConfig['getTypeParser'],
};

/** Opens a pool; nothing is connected before the first query. Sessions run in UTC; DECIMAL stays text, BIGINT becomes a number. */
export function createDatabase(options: DatabaseOptions): Db {
  const nameOf = createStatementNames();
  return knex({
    client: 'pg',
    connection: {
      connectionString: options.url,
      application_name: options.applicationName,
      options: '-c TimeZone=UTC',
      statement_timeout: options.statementTimeoutMs ?? 15_000,
      idle_in_transaction_session_timeout: 30_000,
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
      // What is asked at once travels at once, and is answered in its order: a batch's statements wait for each other no longer.
      pipeline: true,
      types,
    } as Knex.PgConnectionConfig,
    // knex would write to the console.
    log: { warn: (message: unknown) => options.logger?.warn('database client warns', { message: String(message) }) },
    pool: {
      min: 0,
      max: options.poolMax,
      afterCreate: (connection: ConnectedClient, done: (error: null, connection: ConnectedClient) => void) => {
        prepareStatements(connection, nameOf);
        done(null, connection);
      },
    },
    acquireConnectionTimeout: 10_000,
  });
}

/** The database as a part of a process: start waits with backoff until it answers, stop closes the pool. */
export function databasePart(db: Db, logger: Logger): Part {
  const cancelled = new AbortController();
  return {
    name: 'database',
    start: () =>
      untilItSucceeds(() => ping(db), {
        minMs: 100,
        maxMs: 5_000,
        signal: cancelled.signal,
        onFailure: (error, nextMs) => logger.warn('database is not there yet', { error, nextMs }),
      }),
    stop: async () => {
      cancelled.abort();
      await db.destroy();
    },
  };
}

/** Resolves when the database answers a query. */
export async function ping(db: Db): Promise<void> {
  await db.raw('SELECT 1');
}

function readBigint(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`bigint beyond 2^53: ${text}`);
  return value;
}
