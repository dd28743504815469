import type { Writable } from 'node:stream';
import type { QueryConfig } from 'pg';
import { beginWith } from './begin-with.ts';
import { isStalePlan } from './sql-state.ts';

/** A query that is to begin a transaction where it says whom to tell that it has. */
export interface BeginningConfig extends QueryConfig {
  readonly onBegun?: () => void;
}

/** What we use of a pg client; knex calls it with a callback. */
export interface PreparingConnection {
  query(config: BeginningConfig, done: (error: unknown, result: unknown) => void): unknown;
  /** Set, it keeps knex from handing this connection out again. */
  __knex__disposed?: unknown;
}

/** A pg client that is connected. */
export interface ConnectedClient extends PreparingConnection {
  readonly connection: { readonly stream: Writable };
}

const mostStatements = 300;

/** Begins a statement whose best plan depends on its values so much that none may be kept. */
export const plannedEachTime = '/* planned each time */';

/**
 * Ends a subquery over what the caller gives, `SELECT * FROM unnest(?::int[]) AS key`, whose rows are looked up by their key. A plan that
 * is kept is made for ten keys, or a hundred records of a JSON text: while the table is small it reads all of it, and goes on to until the
 * table is analysed; later it seems so dear that one is made each time. Of a limit that it cannot know PostgreSQL expects a tenth to come.
 */
export const plannedAsFew = 'LIMIT (SELECT 2147483647)';

/**
 * Gives statements names, so that PostgreSQL parses and plans each text once per connection instead of each time. Only texts that come
 * again are named, and at most 300 of them, since each is kept on every connection; statements without values are left as they are.
 */
export function createStatementNames(limit = mostStatements): (text: string) => string | undefined {
  const names = new Map<string, string | undefined>();
  let named = 0;
  return (text) => {
    if (text.startsWith(plannedEachTime)) return undefined;
    const name = names.get(text);
    if (name !== undefined) return name;
    if (!names.has(text)) {
      if (names.size < limit * 10) names.set(text, undefined);
      return undefined;
    }
    if (named >= limit) return undefined;
    named += 1;
    names.set(text, `s${named}`);
    return `s${named}`;
  };
}

/**
 * Lets a connection prepare what it is asked to run. When a table's columns change under a prepared statement, the statement fails once
 * (`0A000`) and the connection is given up: the next one prepares it anew.
 */
export function prepareStatements(connection: ConnectedClient, nameOf: (text: string) => string | undefined): void {
  const query = connection.query.bind(connection);
  const gather = gatherWrites(connection);
  connection.query = (config, done) => {
    gather();
    const name = typeof config.text === 'string' && config.values?.length ? nameOf(config.text) : undefined;
    const named = name === undefined ? config : { ...config, name };
    return query(config.onBegun ? beginWith(named, config.onBegun) : named, (error, result) => {
      if (isStalePlan(error)) connection.__knex__disposed = error;
      done(error, result);
    });
  };
}

/**
 * Has what is asked in one turn of the event loop leave in one write: one system call, one packet and one wake-up of the server for
 * statements that travel together.
 */
function gatherWrites({ connection: { stream } }: ConnectedClient): () => void {
  let isGathering = false;
  return () => {
    if (isGathering) return;
    isGathering = true;
    stream.cork();
    process.nextTick(() => {
      isGathering = false;
      stream.uncork();
    });
  };
}
