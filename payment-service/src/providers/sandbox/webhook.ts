import { DomainError } from '@sagacity/chassis/errors/domain-error';
import type { JsonSchema, Static } from '@sagacity/chassis/schema/json-schema';
import { compile } from '@sagacity/chassis/schema/validator';
import type { ProviderAnswer } from '../../domain/provider-answer.ts';
import type { ProviderEvent } from '../provider.ts';
import type { BookedRequest } from './books.ts';

const webhookSchema = {
  type: 'object',
  required: ['id', 'type', 'data'],
  properties: {
    id: { type: 'string', minLength: 1, maxLength: 100 },
    type: { type: 'string', minLength: 1, maxLength: 100 },
    data: {
      type: 'object',
      required: ['idempotency_key', 'reference', 'amount', 'currency', 'outcome'],
      properties: {
        idempotency_key: { type: 'string', minLength: 1, maxLength: 300 },
        reference: { type: 'string', minLength: 1, maxLength: 100 },
        amount: { type: 'integer', minimum: 0, description: 'Cents.' },
        currency: { type: 'string' },
        outcome: { enum: ['moved', 'refused'] },
        code: { type: ['string', 'null'] },
      },
    },
  },
} as const satisfies JsonSchema;

export type SandboxWebhook = Static<typeof webhookSchema>;

const validate = compile(webhookSchema);

/** Reads a webhook whose signature was good; throws `request.invalid` when it is not what the sandbox sends. */
export function readWebhook(body: Buffer): ProviderEvent {
  const webhook: unknown = JSON.parse(body.toString());
  const validation = validate(webhook);
  if (!validation.valid) {
    throw new DomainError('request.invalid', 'The webhook is not valid.', { errors: validation.faults });
  }
  const { id, type, data } = webhook as SandboxWebhook;
  return { eventId: id, type, key: data.idempotency_key, answer: answerOf(data) };
}

/** The webhook that tells of a booked request; the same request gives the same event id. */
export function webhookOf(request: BookedRequest): SandboxWebhook {
  const outcome = request.outcome ?? 'refused';
  return {
    id: `evt_${request.key}`,
    type: `${request.operation}.${outcome}`,
    data: {
      idempotency_key: request.key,
      reference: request.reference,
      amount: request.amountCents,
      currency: request.currency,
      outcome,
      code: request.code,
    },
  };
}

function answerOf({ outcome, code, reference, amount, currency }: SandboxWebhook['data']): ProviderAnswer {
  if (outcome === 'moved') return { kind: 'succeeded', reference, amountCents: amount, currency };
  return { kind: 'refused', code: code ?? 'payment.declined', detail: 'The provider refused.' };
}
