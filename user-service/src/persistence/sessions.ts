import type { Db, Trx } from '@sagacity/chassis/db/database';
import { runSql } from '@sagacity/chassis/db/run-sql';
import type { SessionEnd } from '../domain/profile-change.ts';
import type { KnownRefreshToken } from '../domain/refresh-decision.ts';

export type RevocationReason = SessionEnd | 'logout' | 'refresh_reuse' | 'password_change' | 'erasure';

export interface FoundRefreshToken extends KnownRefreshToken {
  readonly sid: string;
  readonly userId: number;
}

interface TokenRow {
  readonly sid: string;
  readonly user_id: number;
  readonly expires_at: Date;
  readonly rotated_at: Date | null;
  readonly session_expires_at: Date;
  readonly revoked_at: Date | null;
}

/** A session lasts 30 days at most, and ends after 14 days in which its token was not used. */
const sessionLife = `interval '30 days'`;
const idleLife = `interval '14 days'`;

export async function insertSession(trx: Trx, session: { sid: string; userId: number }): Promise<void> {
  await runSql(trx, `INSERT INTO sessions (sid, user_id, expires_at) VALUES (?, ?, now() + ${sessionLife})`, [
    session.sid,
    session.userId,
  ]);
}

export async function insertRefreshToken(trx: Trx, sid: string, tokenHash: Buffer): Promise<void> {
  await runSql(trx, `INSERT INTO refresh_tokens (token_hash, sid, expires_at) VALUES (?, ?, now() + ${idleLife})`, [
    tokenHash,
    sid,
  ]);
}

/**
 * The token with its session, whose row is locked: of two uses at once, the second sees what the first has done.
 * With it comes the database's time, by which its age is told.
 */
export async function lockRefreshToken(
  trx: Trx,
  tokenHash: Buffer,
): Promise<{ token: FoundRefreshToken; now: Date } | undefined> {
  await runSql(
    trx,
    `SELECT FROM sessions WHERE sid = (SELECT sid FROM refresh_tokens WHERE token_hash = ?) FOR NO KEY UPDATE`,
    [tokenHash],
  );
  // Read in a statement of its own: the one that waited for the lock still sees the rows as they were before.
  const { rows } = await runSql<TokenRow & { now: Date }>(
    trx,
    `SELECT t.sid, s.user_id, t.expires_at, t.rotated_at, s.expires_at AS session_expires_at, s.revoked_at,
            clock_timestamp() AS now
       FROM refresh_tokens t JOIN sessions s USING (sid)
      WHERE t.token_hash = ?`,
    [tokenHash],
  );
  const row = rows[0];
  return row && { token: toToken(row), now: row.now };
}

export async function markRotated(trx: Trx, tokenHash: Buffer): Promise<void> {
  await trx('refresh_tokens')
    .where('token_hash', tokenHash)
    .update({ rotated_at: trx.raw('clock_timestamp()') });
}

/** Revokes one session; returns its id unless it was revoked before. */
export function revokeSession(trx: Trx, sid: string, reason: RevocationReason): Promise<string[]> {
  return revoke(trx, { sid }, reason);
}

/** Revokes all sessions of a user that are not revoked yet, and returns their ids. */
export function revokeSessionsOf(trx: Trx, userId: number, reason: RevocationReason): Promise<string[]> {
  return revoke(trx, { user_id: userId }, reason);
}

export async function isSessionLive(db: Db, sid: string): Promise<boolean> {
  const row = await db('sessions').select('sid').where('sid', sid).whereNull('revoked_at').first();
  return row !== undefined;
}

/** Removes what is of no use any more: sessions that ended or were revoked a day ago, and tokens that expired a day ago. Returns the sessions removed. */
export async function deleteEndedSessions(db: Db): Promise<number> {
  const yesterday = `now() - interval '1 day'`;
  await runSql(db, `DELETE FROM refresh_tokens WHERE expires_at < ${yesterday}`);
  const { rowCount } = await runSql(
    db,
    `DELETE FROM sessions s
      WHERE s.expires_at < ${yesterday} OR s.revoked_at < ${yesterday}
         OR NOT EXISTS (SELECT FROM refresh_tokens t WHERE t.sid = s.sid)`,
  );
  return rowCount;
}

async function revoke(trx: Trx, which: object, reason: RevocationReason): Promise<string[]> {
  const rows: { sid: string }[] = await trx('sessions')
    .where(which)
    .whereNull('revoked_at')
    .update({ revoked_at: trx.fn.now(), revoked_because: reason })
    .returning('sid');
  return rows.map(({ sid }) => sid);
}

function toToken(row: TokenRow): FoundRefreshToken {
  return {
    sid: row.sid,
    userId: row.user_id,
    expiresAt: row.expires_at,
    rotatedAt: row.rotated_at ?? undefined,
    sessionExpiresAt: row.session_expires_at,
    sessionRevoked: row.revoked_at !== null,
  };
}
