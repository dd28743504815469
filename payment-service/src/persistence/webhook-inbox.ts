import type { Trx } from '@sagacity/chassis/db/database';

/** `applied`: it told something new; `late`: it was known or too late; `unmatched`: not ours; `mismatch`: another amount than ours. */
export type WebhookOutcome = 'applied' | 'late' | 'unmatched' | 'mismatch';

/** Remembers a webhook; false when this event came before, after waiting for the transaction that handles it. */
export async function insertWebhook(
  trx: Trx,
  webhook: { readonly provider: string; readonly eventId: string; readonly type: string; readonly payload: string },
): Promise<boolean> {
  const { rowCount } = await trx.raw<{ rowCount: number }>(
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
