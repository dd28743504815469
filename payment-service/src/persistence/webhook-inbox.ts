import type { Db, Trx } from '@sagacity/chassis/db/database';
import { runSql } from '@sagacity/chassis/db/run-sql';

/** `applied`: it told something new; `late`: it was known or too late; `unmatched`: not ours; `mismatch`: another amount than ours. */
export type WebhookOutcome = 'applied' | 'late' | 'unmatched' | 'mismatch';

/** Remembers a webhook; false when this event came before, after waiting for the transaction that handles it. */
export async function insertWebhook(
  trx: Trx,
  webhook: { readonly provider: string; readonly eventId: string; readonly type: string; readonly payload: string },
): Promise<boolean> {
  const { rowCount } = await runSql(
    trx,
    `INSERT INTO webhook_inbox (provider, event_id, type, outcome, payload)
     VALUES (:provider, :eventId, :type, 'unmatched', :payload) ON CONFLICT DO NOTHING`,
    { ...webhook },
  );
  return rowCount === 1;
}

/** Notes what became of a webhook that was inserted before. */
export async function saveWebhookOutcome(
  trx: Trx,
  webhook: { readonly provider: string; readonly eventId: string; readonly paymentId: number },
  outcome: WebhookOutcome,
): Promise<void> {
  await trx('webhook_inbox')
    .where({ provider: webhook.provider, event_id: webhook.eventId })
    .update({ payment_id: webhook.paymentId, outcome });
}

/**
 * Forgets webhooks that came more than 30 days ago, at most so many; returns how many. Providers stop repeating a webhook after some
 * days; should one come even later, the state of its attempt makes it `late`.
 */
export async function deleteOldWebhooks(db: Db, limit: number): Promise<number> {
  const { rowCount } = await runSql(
    db,
    `DELETE FROM webhook_inbox WHERE (provider, event_id) IN (
       SELECT provider, event_id FROM webhook_inbox WHERE received_at < now() - interval '30 days'
       ORDER BY received_at LIMIT ? FOR UPDATE SKIP LOCKED)`,
    [limit],
  );
  return rowCount;
}
