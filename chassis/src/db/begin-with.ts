import pg, { type Connection, type QueryConfig } from 'pg';

/** The name under which a connection has prepared `BEGIN`. */
export const beginStatement = 'begin';

/** What pg's queries do beside what its types tell. */
interface Query {
  submit(connection: Connection): Error | null;
  handleCommandComplete(message: unknown, connection: Connection): void;
}

/**
 * A query that first begins a transaction, in the same round trip. PostgreSQL leaves out what follows a failed message up to the next
 * Sync (https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY), and there is none between the two: without a
 * BEGIN the statement is not run. `onBegun` is called before the query's own answer.
 */
export function beginWith(config: QueryConfig, onBegun: () => void): QueryConfig {
  const query = new pg.Query({ ...config, queryMode: 'extended' } as QueryConfig) as unknown as Query;
  const { submit, handleCommandComplete } = query;
  query.submit = (connection) => {
    connection.stream.cork();
    try {
      connection.bind({ statement: beginStatement }, true);
      connection.execute({}, true);
      return submit.call(query, connection);
    } finally {
      connection.stream.uncork();
    }
  };
  query.handleCommandComplete = () => {
    query.handleCommandComplete = handleCommandComplete;
    onBegun();
  };
  return query as unknown as QueryConfig;
}
