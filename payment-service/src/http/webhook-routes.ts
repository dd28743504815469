import type { Clock } from '@sagacity/chassis/clock/clock';
import type { Db } from '@sagacity/chassis/db/database';
import { ok } from '@sagacity/chassis/http/answers';
import { type Route, route } from '@sagacity/chassis/http/route';
import { providerPath, webhookAnswer } from '../contract/http.ts';
import type { PaymentDeps } from '../use-cases/deps.ts';
import { takeWebhook } from '../use-cases/take-webhook.ts';

export interface WebhookDeps extends PaymentDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly countWebhook: (provider: string, outcome: string) => void;
}

/** Where providers tell what became of requests; the signature over the raw body is what lets them in. */
export function webhookRoutes(deps: WebhookDeps): Route[] {
  return [
    route({
      method: 'post',
      path: '/payments/webhooks/:provider',
      operationId: 'takeWebhook',
      summary: "A provider's webhook",
      access: 'public',
      ignoresToken: true,
      params: providerPath,
      answers: {
        200: { description: 'Taken, or known already: there is no need to send it again', schema: webhookAnswer },
      },
      problems: ['payment.provider_unknown', 'payment.webhook_forged', 'payment.webhook_stale'],
      handle: async ({ params, rawBody, header }) => {
        const webhook = { body: rawBody, header, receivedAt: deps.clock.now() };
        const outcome = await takeWebhook(deps, params.provider, webhook);
        deps.countWebhook(params.provider, outcome);
        return ok({ outcome });
      },
    }),
  ];
}
