import pg from 'pg';

/** A connection of a lane's own; the lease lives and dies with it. */
export interface Session {
  query<R extends pg.QueryResultRow>(statement: Statement): Promise<pg.QueryResult<R>>;
  /** True once the server or the network has ended it. */
  isLost(): boolean;
  close(): Promise<void>;
}

export interface Statement {
  /** Statements with a name are prepared once for each session. */
  readonly name?: string;
  readonly text: string;
  readonly values?: readonly unknown[];
}

const bigint = 20;

/**
 * Every statement reads by primary key from the front of the outbox; without statistics (the table is mostly empty) the planner
 * would rather sort or hash all of it.
 * A delete that a crash of the server undoes sends its message once more, which is allowed, so it need not wait for the disk.
 */
const settings = {
  TimeZone: 'UTC',
  enable_seqscan: 'off',
  enable_bitmapscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  jit: 'off',
  synchronous_commit: 'off',
  // A relay that was killed while its statement waits for a lock must not keep the lease until then.
  client_connection_check_interval: '2s',
  statement_timeout: '15s',
  idle_in_transaction_session_timeout: '30s',
};

/** Connects within 5 s or throws. Bigints are numbers in the rows. */
export async function openSession(options: {
  readonly url: string;
  readonly applicationName: string;
  readonly onLost: () => void;
}): Promise<Session> {
  const client = new pg.Client({
    connectionString: options.url,
    application_name: options.applicationName,
    options: Object.entries(settings)
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(' '),
    connectionTimeoutMillis: 5_000,
    // Longer than the server's own limit; ends the wait for a server that is gone without a word.
    query_timeout: 20_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: { getTypeParser: (oid, format) => (oid === bigint ? Number : pg.types.getTypeParser(oid, format)) },
  });
  let lost = false;
  const lose = () => {
    lost = true;
    options.onLost();
  };
  client.on('error', lose);
  client.on('end', lose);
  await client.connect();
  return {
    query: async ({ name, text, values = [] }) =>
      client.query({ ...(name === undefined ? {} : { name }), text, values: [...values] }),
    isLost: () => lost,
    close: async () => {
      client.off('end', lose);
      await client.end();
    },
  };
}
