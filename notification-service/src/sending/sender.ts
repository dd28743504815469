import { setTimeout as delay } from 'node:timers/promises';
import { takeWhatArrived } from '@sagacity/chassis/batches/take-what-arrived';
import type { Db } from '@sagacity/chassis/db/database';
import type { Part } from '@sagacity/chassis/lifecycle/part';
import { backoffMs } from '@sagacity/chassis/lifecycle/retry';
import type { Logger } from '@sagacity/chassis/logging/logger';
import { Counter, type Registry } from 'prom-client';
import { claimDueMails, type QueuedMail, saveFailure, saveSent } from '../persistence/notifications.ts';
import type { SendMail } from './transport.ts';

export interface SenderOptions {
  readonly db: Db;
  readonly sendMail: SendMail;
  readonly logger: Logger;
  readonly metrics: Registry;
  readonly pollMs?: number;
  readonly mostAttempts?: number;
  readonly retry?: { readonly minMs: number; readonly maxMs: number };
}

const batch = 20;

/**
 * Sends queued mails, outside of any transaction: claimed, sent, noted as sent. A crash between sending and noting sends a mail twice,
 * never not at all. Failures come again with backoff, up to a number of attempts; then the mail is marked as failed.
 */
export function createSender(options: SenderOptions): Part {
  const { db, logger, pollMs = 500, mostAttempts = 8, retry = { minMs: 1_000, maxMs: 600_000 } } = options;
  const stopping = new AbortController();
  let running = Promise.resolve();
  const sent = new Counter({
    name: 'notifications_total',
    help: 'Mails by what became of them.',
    labelNames: ['result'] as const,
    registers: [options.metrics],
  });

  const noteSent = takeWhatArrived(async (ids: readonly number[]) => {
    await saveSent(db, ids);
    return ids;
  });
  const send = async (mail: QueuedMail) => {
    try {
      await options.sendMail(mail);
      await noteSent.submit(mail.id);
      sent.inc({ result: 'sent' });
      logger.info('mail sent', { notification_id: mail.id, attempts: mail.attempts });
    } catch (error) {
      const final = mail.attempts >= mostAttempts;
      logger.warn('mail was not sent', { notification_id: mail.id, attempts: mail.attempts, final, error });
      sent.inc({ result: final ? 'failed' : 'retried' });
      await saveFailure(
        db,
        mail.id,
        String((error as Error).message),
        final ? undefined : backoffMs(mail.attempts, retry),
      );
    }
  };
  const sendDue = async (): Promise<number> => {
    const mails = await claimDueMails(db, batch);
    await Promise.all(mails.map(send));
    return mails.length;
  };
  const loop = async () => {
    while (!stopping.signal.aborted) {
      const count = await sendDue().catch((error: unknown) => {
        logger.warn('queued mails could not be read, they are tried again', { error });
        return 0;
      });
      if (count < batch) await delay(pollMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  return {
    name: 'mail sender',
    start: async () => {
      running = loop();
    },
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}
