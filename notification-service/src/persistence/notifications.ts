import type { Db, Trx } from '@sagacity/chassis/db/database';
import type { Mail } from '../domain/mail.ts';

export interface QueuedMail {
  readonly id: number;
  readonly to_address: string;
  readonly subject: string;
  readonly body_text: string;
  readonly body_html: string;
  readonly attempts: number;
}

/** Queues a mail; the same event and template are mailed once, however often the event comes. */
export async function insertNotification(
  trx: Trx,
  entry: { userId: number; orderId: number | null; eventId: string; to: string; mail: Mail },
): Promise<void> {
  await trx('notifications')
    .insert({
      user_id: entry.userId,
      order_id: entry.orderId,
      event_id: entry.eventId,
      template: entry.mail.template,
      to_address: entry.to,
      subject: entry.mail.subject,
      body_text: entry.mail.text,
      body_html: entry.mail.html,
    })
    .onConflict(['event_id', 'template'])
    .ignore();
}

/**
 * Takes mails that are due for this process, for a minute: should it die while it sends them, another one sends them again.
 * Each claim counts as an attempt.
 */
export async function claimDueMails(db: Db, limit: number): Promise<QueuedMail[]> {
  const { rows } = await db.raw<{ rows: QueuedMail[] }>(
    `UPDATE notifications AS n SET attempts = n.attempts + 1, next_attempt_at = now() + interval '1 minute'
     FROM (SELECT id FROM notifications WHERE state = 'queued' AND next_attempt_at <= now()
           ORDER BY next_attempt_at, id LIMIT ? FOR UPDATE SKIP LOCKED) due
     WHERE n.id = due.id
     RETURNING n.id, n.to_address, n.subject, n.body_text, n.body_html, n.attempts`,
    [limit],
  );
  return rows;
}

export async function saveSent(db: Db, ids: readonly number[]): Promise<void> {
  await db('notifications')
    .where('state', 'queued')
    .whereRaw('id = ANY (?::bigint[])', [[...ids]])
    .update({ state: 'sent', sent_at: db.fn.now(), last_error: null });
}

/** Notes a failed attempt: another one after the delay, or none any more. */
export async function saveFailure(db: Db, id: number, error: string, retryAfterMs: number | undefined): Promise<void> {
  const next =
    retryAfterMs === undefined
      ? { state: 'failed' }
      : { next_attempt_at: db.raw("now() + ? * interval '1 millisecond'", [retryAfterMs]) };
  await db('notifications')
    .where({ id, state: 'queued' })
    .update({ ...next, last_error: error.slice(0, 500) });
}
