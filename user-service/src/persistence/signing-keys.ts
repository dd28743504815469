import type { Db, Trx } from '@sagacity/chassis/db/database';
import { runSql } from '@sagacity/chassis/db/run-sql';

export interface StoredKey {
  readonly kid: string;
  readonly privateKeyPem: string;
  readonly createdAt: Date;
  readonly retiredAt: Date | undefined;
}

interface KeyRow {
  readonly kid: string;
  readonly private_key_pem: string;
  readonly created_at: Date;
  readonly retired_at: Date | null;
}

/** Holds until the end of the transaction the one right to change the keys. */
export async function lockSigningKeys(trx: Trx): Promise<void> {
  await runSql(trx, `SELECT pg_advisory_xact_lock(hashtext('signing_keys'))`);
}

/** All keys, and the database's time, by which their age is told. */
export async function listSigningKeys(db: Db): Promise<{ keys: StoredKey[]; now: Date }> {
  // Not now(): while a transaction waits for the lock, its own time stands still.
  const { rows } = await runSql<{ now: Date }>(db, 'SELECT clock_timestamp() AS now');
  const keys = await db<KeyRow>('signing_keys').select('kid', 'private_key_pem', 'created_at', 'retired_at');
  return { keys: keys.map(toKey), now: rows[0]?.now ?? new Date() };
}

export async function insertSigningKey(trx: Trx, kid: string, privateKeyPem: string): Promise<void> {
  await trx('signing_keys').insert({ kid, private_key_pem: privateKeyPem });
}

export async function retireSigningKeys(trx: Trx, kids: readonly string[]): Promise<void> {
  await trx('signing_keys').whereIn('kid', kids).whereNull('retired_at').update({ retired_at: trx.fn.now() });
}

export async function deleteSigningKeys(trx: Trx, kids: readonly string[]): Promise<void> {
  await trx('signing_keys').whereIn('kid', kids).delete();
}

function toKey(row: KeyRow): StoredKey {
  return {
    kid: row.kid,
    privateKeyPem: row.private_key_pem,
    createdAt: row.created_at,
    retiredAt: row.retired_at ?? undefined,
  };
}
