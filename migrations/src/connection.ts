import { isForDevelopment, settingText } from '@sagacity/chassis/config/secret-files';
import pg from 'pg';

/** The same server and login, another database. */
export function urlOf(adminUrl: string, database: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${database}`;
  return url.href;
}

/** Runs the work on a connection of its own and closes it. */
export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'migrations',
    connectionTimeoutMillis: 10_000,
  });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** As withClient, while nobody else holds the lock of that name in the same database: a second one waits. */
export async function withLock<T>(url: string, lock: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  return withClient(url, async (client) => {
    await client.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [lock]);
    return work(client);
  });
}

/** A setting that must be there, also in a file that the environment names; throws with its name otherwise. */
export function required(environment: NodeJS.ProcessEnv, ...names: readonly string[]): string {
  for (const name of names) {
    const value = settingText(environment, name);
    if (value && environment.DEPLOYMENT === 'production' && isForDevelopment(value)) {
      throw new Error(`${name} is the one for development, which everybody can read`);
    }
    if (value) return value;
  }
  throw new Error(`${names.join(' or ')} is not set`);
}
