import type { Db } from '@sagacity/chassis/db/database';

export interface OutboxRow {
  readonly routing_key: string;
  readonly aggregate_id: string;
  readonly aggregate_version: number;
  readonly headers: Record<string, string>;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into events of every shape
  readonly body: any;
}

/** What waits to be published about a user, in the order of appending. */
export async function outboxOf(db: Db, userId: number): Promise<OutboxRow[]> {
  const rows = await db('outbox')
    .where({ aggregate_type: 'user', aggregate_id: String(userId) })
    .orderBy('id');
  return rows.map((row) => ({ ...row, headers: JSON.parse(row.headers), body: JSON.parse(row.payload) }));
}

/** Makes every append to the outbox fail while the work runs. */
export async function withBrokenOutbox<T>(db: Db, work: () => Promise<T>): Promise<T> {
  await db.raw(`ALTER TABLE outbox ADD CONSTRAINT broken_for_a_test CHECK (false) NOT VALID`);
  try {
    return await work();
  } finally {
    await db.raw(`ALTER TABLE outbox DROP CONSTRAINT broken_for_a_test`);
  }
}
