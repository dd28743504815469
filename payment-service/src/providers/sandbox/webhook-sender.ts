import type { Logger } from '@sagacity/chassis/logging/logger';
import type { BookedRequest } from './books.ts';
import type { SandboxToken } from './script.ts';
import { webhookOf } from './webhook.ts';
import { signatureHeader, signWebhook } from './webhook-signature.ts';

/** Sends the sandbox's webhooks, as a provider would: over HTTP, signed, and by no means only once or in order. */
export interface WebhookSender {
  /** Tells of a request that has moved money, where its token asks for that. Never rejects: a webhook that is lost is lost. */
  tellOf(request: BookedRequest): Promise<void>;
}

export interface WebhookSenderOptions {
  readonly url: () => string;
  readonly secret: string;
  readonly logger: Logger;
  readonly fetch?: typeof fetch;
}

type Plan = (request: BookedRequest, before: BookedRequest | undefined) => readonly BookedRequest[];

/** Which webhooks follow a request, in their order; `before` is the charge's former request. */
const plans: Partial<Record<SandboxToken, Plan>> = {
  tok_webhook_first: (request) => [request],
  tok_webhooks_repeated: (request, before) => [request, request, ...(before ? [before] : [])],
};

const sendTimeoutMs = 5_000;
const remembered = 1_000;

export function createWebhookSender(options: WebhookSenderOptions): WebhookSender {
  const latest = new Map<string, BookedRequest>();
  const remember = (request: BookedRequest) => {
    latest.set(request.reference, request);
    const [oldest] = latest.keys();
    if (latest.size > remembered && oldest !== undefined) latest.delete(oldest);
  };
  return {
    tellOf: async (request) => {
      const plan = plans[request.token];
      if (!plan) return;
      const before = latest.get(request.reference);
      remember(request);
      for (const told of plan(request, before)) await post(options, told);
    },
  };
}

async function post({ url, secret, logger, fetch: send = fetch }: WebhookSenderOptions, request: BookedRequest) {
  const body = Buffer.from(JSON.stringify(webhookOf(request)));
  try {
    const answer = await send(url(), {
      method: 'POST',
      headers: { 'content-type': 'application/json', [signatureHeader]: signWebhook(secret, body, new Date()) },
      body,
      signal: AbortSignal.timeout(sendTimeoutMs),
    });
    if (!answer.ok) logger.warn('sandbox webhook was not taken', { status: answer.status });
  } catch (error) {
    logger.warn('sandbox webhook could not be sent', { error });
  }
}
