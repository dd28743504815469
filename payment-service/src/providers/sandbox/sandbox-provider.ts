import { setTimeout as delay } from 'node:timers/promises';
import type { Db } from '@sagacity/chassis/db/database';
import type { Operation } from '../../domain/payment.ts';
import type { ProviderAnswer } from '../../domain/provider-answer.ts';
import type { PaymentProvider, ProviderRequest } from '../provider.ts';
import { createBooking } from './booking.ts';
import { type BookedRequest, queryRequest } from './books.ts';
import { isSandboxToken, sandboxQueryAnswer } from './script.ts';
import { readWebhook } from './webhook.ts';
import type { WebhookSender } from './webhook-sender.ts';
import { signatureHeader, verifyWebhook } from './webhook-signature.ts';

export interface SandboxOptions {
  /** A pool of the sandbox's own: its books stand for another company's database, and never share a transaction with ours. */
  readonly db: Db;
  readonly webhookSecret: string;
  readonly slowMs: number;
  /** Sends the webhooks that some tokens ask for. */
  readonly webhooks: WebhookSender;
}

/** A provider for development and tests: what it does depends on the token alone, and it keeps books of what it really moved. */
export function createSandboxProvider({ db, webhookSecret, slowMs, webhooks }: SandboxOptions): PaymentProvider {
  const book = createBooking(db);
  const send = (operation: Operation) => async (request: ProviderRequest, signal: AbortSignal) => {
    const { request: booked, movedNow, answer } = await book(operation, request);
    if (movedNow) await webhooks.tellOf(booked);
    if (answer === 'slow') await delay(slowMs, undefined, { signal });
    if (answer === 'never') await untilAborted(signal);
    return answerOf(booked);
  };
  return {
    name: 'sandbox',
    acceptsToken: isSandboxToken,
    authorise: send('authorise'),
    capture: send('capture'),
    void: send('void'),
    refund: send('refund'),
    status: async ({ key, operation }, signal) => {
      const booked = await queryRequest(db, key);
      if (!booked) return { kind: 'not_found' };
      const { token, sends, queries } = booked;
      if (sandboxQueryAnswer(token, { operation, sends, queries, refusals: 0 }) === 'never') await untilAborted(signal);
      return booked.outcome === null ? { kind: 'not_found' } : answerOf(booked);
    },
    parseWebhook: ({ body, header, receivedAt }) => {
      verifyWebhook(webhookSecret, body, header(signatureHeader), receivedAt);
      return readWebhook(body);
    },
  };
}

function answerOf({ outcome, code, reference, amountCents, currency }: BookedRequest): ProviderAnswer {
  switch (outcome) {
    case 'moved':
      return { kind: 'succeeded', reference, amountCents, currency };
    case 'refused':
      return { kind: 'refused', code: code ?? 'payment.declined', detail: detailOf(code) };
    case null:
      return { kind: 'unavailable', detail: 'The sandbox is not available for this request.' };
  }
}

const details: Readonly<Record<string, string>> = {
  'payment.declined': 'The card was declined.',
  'payment.insufficient_funds': 'The card has insufficient funds.',
  'payment.return_refused': 'The money could not be given back just now.',
  'provider.not_possible': 'The charge does not allow it.',
  'provider.key_reused': 'The key was used for another request.',
};

function detailOf(code: string | null): string {
  return details[code ?? 'payment.declined'] ?? 'The provider refused.';
}

/** Like a connection on which nothing ever comes back. */
function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('no answer in time')), { once: true });
  });
}
