import type { Db } from '@sagacity/chassis/db/database';
import { inTransaction } from '@sagacity/chassis/db/transaction';
import { DomainError } from '@sagacity/chassis/errors/domain-error';
import { findAttemptByProviderKey } from '../persistence/attempts.ts';
import { insertWebhook, saveWebhookOutcome, type WebhookOutcome } from '../persistence/webhook-inbox.ts';
import type { RawWebhook } from '../providers/provider.ts';
import type { PaymentDeps } from './deps.ts';
import { settleReports } from './settle-reports.ts';

/**
 * Takes a provider's webhook: once per event, the same way as the provider's own answers. An event that is known, late or not ours
 * is accepted without effect, so that the provider stops sending it; a forged or stale one throws.
 */
export async function takeWebhook(
  deps: PaymentDeps & { readonly db: Db },
  providerName: string,
  webhook: RawWebhook,
): Promise<WebhookOutcome | 'duplicate'> {
  const provider = deps.providers.get(providerName);
  if (!provider) throw new DomainError('payment.provider_unknown', 'There is no such provider.');
  const event = provider.parseWebhook(webhook);
  const received = { provider: provider.name, eventId: event.eventId, type: event.type };
  return inTransaction(deps.db, async (trx) => {
    if (!(await insertWebhook(trx, { ...received, payload: webhook.body.toString() }))) return 'duplicate';
    const attempt = await findAttemptByProviderKey(trx, provider.name, event.key);
    if (!attempt) return 'unmatched';
    const [outcome = 'late'] = await settleReports(trx, deps, [{ attemptId: attempt.id, answer: event.answer }]);
    await saveWebhookOutcome(trx, { ...received, paymentId: attempt.paymentId }, outcome);
    return outcome;
  });
}
