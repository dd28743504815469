import type pg from 'pg';

/** A transaction that has looked once and stays open: whatever is deleted after that, the server has to keep for it. */
export async function holdSnapshot(pool: pg.Pool): Promise<{ release(): Promise<void> }> {
  const client = await pool.connect();
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  await client.query('SELECT FROM outbox LIMIT 1');
  return {
    release: async () => {
      await client.query('ROLLBACK');
      client.release();
    },
  };
}
