import type { Session } from './session.ts';

/** The advisory lock that stands for draining the outbox of the database in which it is taken. */
export const leaseKey = { classId: 0x6f757478, objectId: 0 } as const;

/** How relays name their sessions, so that they see each other: `outbox-relay@<host>#<pid>`. */
export const instancePrefix = 'outbox-relay@';

/**
 * Takes the lease if nobody has it. It belongs to the session: the server frees it when the session ends, for whatever reason,
 * and the session's deletes fail from then on. So a relay that was cut off can publish twice, but never delete what is no longer its own.
 */
export async function tryLease(session: Session): Promise<boolean> {
  const { rows } = await session.query<{ taken: boolean }>({
    text: 'SELECT pg_try_advisory_lock($1, $2) AS taken',
    values: [leaseKey.classId, leaseKey.objectId],
  });
  return rows[0]?.taken ?? false;
}

/** The relays that have a session in this database now, this one included; sorted. */
export async function readPeers(session: Session): Promise<readonly string[]> {
  const { rows } = await session.query<{ application_name: string }>({
    text: `SELECT DISTINCT application_name FROM pg_stat_activity
      WHERE datname = current_database() AND usename = current_user AND starts_with(application_name, $1)
      ORDER BY application_name`,
    values: [instancePrefix],
  });
  return rows.map(({ application_name }) => application_name);
}
