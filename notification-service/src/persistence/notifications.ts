import type { Db } from '@sagacity/chassis/db/database';
import { runSql } from '@sagacity/chassis/db/run-sql';
import { together } from '@sagacity/chassis/db/together';
import type { Mail } from '../domain/mail.ts';

export interface QueuedMail {
  readonly id: number;
  readonly to_address: string;
  readonly subject: string;
  readonly body_text: string;
  readonly body_html: string;
  readonly attempts: number;
}

export interface NewNotification {
  readonly userId: number;
  readonly orderId: number | null;
  readonly eventId: string;
  readonly to: string;
  readonly mail: Mail;
}

/** Queues a mail; the same event and template are mailed once, however often the event comes. */
export const insertNotification = together(
  async (trx, entries: readonly NewNotification[]): Promise<readonly NewNotification[]> => {
    const rows = entries.map(({ userId, orderId, eventId, to, mail }) => ({
      user_id: userId,
      order_id: orderId,
      event_id: eventId,
      template: mail.template,
      to_address: to,
      subject: mail.subject,
      body_text: mail.text,
      body_html: mail.html,
    }));
    const columns = 'user_id, order_id, event_id, template, to_address, subject, body_text, body_html';
    await runSql(
      trx,
      `INSERT INTO notifications (${columns})
       SELECT ${columns} FROM json_to_recordset(?::json) AS given(user_id int, order_id int, event_id uuid, template text,
         to_address text, subject text, body_text text, body_html text)
       ORDER BY event_id, template ON CONFLICT (event_id, template) DO NOTHING`,
      [JSON.stringify(rows)],
    );
    return entries;
  },
);

/**
 * Takes mails that are due for this process, for a minute: should it die while it sends them, another one sends them again.
 * Each claim counts as an attempt.
 */
export async function claimDueMails(db: Db, limit: number): Promise<QueuedMail[]> {
  const { rows } = await runSql<QueuedMail>(
    db,
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
