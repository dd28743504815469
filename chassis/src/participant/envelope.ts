import type { Trx } from '../db/database.ts';
import { uuid7 } from '../ids/uuid7.ts';
import { exchanges, type MessageContext } from '../messaging/envelope.ts';
import { appendToOutbox } from '../outbox/append.ts';
import type { JsonSchema, Static } from '../schema/json-schema.ts';

export type Direction = 'forward' | 'compensate' | 'resolve';

const sagaStep = {
  id: { type: 'string', format: 'uuid' },
  type: { type: 'string', pattern: '^[a-z0-9-]+$' },
  step: { type: 'string', pattern: '^[a-z0-9-]+$' },
  direction: { enum: ['forward', 'compensate', 'resolve'] },
  attempt: { type: 'integer', minimum: 1 },
} as const satisfies Record<string, JsonSchema>;

/** The schema of a command of the given type whose data have the given schema. */
export function commandSchema<const T extends string, const D extends JsonSchema>(type: T, data: D) {
  return {
    type: 'object',
    additionalProperties: false,
    required: ['command_id', 'type', 'issued_at', 'saga', 'idempotency_key', 'deadline', 'data'],
    properties: {
      command_id: { type: 'string', format: 'uuid' },
      type: { const: type },
      issued_at: { type: 'string', format: 'date-time' },
      saga: {
        type: 'object',
        additionalProperties: false,
        required: ['id', 'type', 'version', 'step', 'direction', 'attempt'],
        properties: { ...sagaStep, version: { type: 'integer', minimum: 1 } },
      },
      idempotency_key: { type: 'string', minLength: 1, maxLength: 200 },
      deadline: { type: ['string', 'null'], format: 'date-time' },
      data,
    },
  } as const;
}

/** The schema of every reply; its type is `<saga type>.<step>.<outcome>`. */
export const replySchema = {
  type: 'object',
  additionalProperties: false,
  required: [
    'reply_id',
    'type',
    'occurred_at',
    'in_reply_to',
    'saga',
    'outcome',
    'code',
    'detail',
    'retry_after_ms',
    'result',
  ],
  properties: {
    reply_id: { type: 'string', format: 'uuid' },
    type: { type: 'string' },
    occurred_at: { type: 'string', format: 'date-time' },
    in_reply_to: { type: 'string', format: 'uuid' },
    saga: {
      type: 'object',
      additionalProperties: false,
      required: ['id', 'type', 'step', 'direction', 'attempt'],
      properties: sagaStep,
    },
    outcome: { enum: ['done', 'refused', 'transient', 'expired', 'tombstoned'] },
    code: { type: ['string', 'null'] },
    detail: { type: ['string', 'null'] },
    retry_after_ms: { type: ['integer', 'null'], minimum: 0 },
    result: { type: ['object', 'null'] },
  },
} as const satisfies JsonSchema;

/** The body of a reply, as it travels. */
export type ReplyBody = Static<typeof replySchema>;
export type ReplyOutcome = ReplyBody['outcome'];

/** The saga's part of a command: which step of which saga asks, for the how-many-th time. */
export interface CommandSaga {
  readonly id: string;
  readonly type: string;
  /** Version of the saga's definition. */
  readonly version: number;
  readonly step: string;
  readonly direction: Direction;
  readonly attempt: number;
}

/** The body of a command, as it travels. */
export interface CommandBody<D = unknown> {
  readonly command_id: string;
  readonly type: string;
  readonly issued_at: string;
  readonly saga: CommandSaga;
  readonly idempotency_key: string;
  readonly deadline: string | null;
  readonly data: D;
}

export interface OutgoingCommand {
  readonly type: string;
  readonly saga: CommandSaga;
  readonly issuedAt: Date;
  /** After it a forward command is answered `expired`; null for compensations and for steps after the pivot. */
  readonly deadline: Date | null;
  readonly data: object;
  readonly context: MessageContext;
}

/** The key under which a participant remembers what it did: `<saga id>:<step>:<direction>`, the same for every attempt. */
export function idempotencyKey(saga: Pick<CommandSaga, 'id' | 'step' | 'direction'>): string {
  return `${saga.id}:${saga.step}:${saga.direction}`;
}

/** The command that appendCommand would send, for a dry run. */
export function commandBody(command: OutgoingCommand, commandId: string): CommandBody {
  const { id, type, version, step, direction, attempt } = command.saga;
  return {
    command_id: commandId,
    type: command.type,
    issued_at: command.issuedAt.toISOString(),
    saga: { id, type, version, step, direction, attempt },
    idempotency_key: idempotencyKey(command.saga),
    deadline: command.deadline?.toISOString() ?? null,
    data: command.data,
  };
}

/** Appends a command to shop.commands, as appendToOutbox does, and returns its id, which is the message's id too. */
export function appendCommand(trx: Trx, command: OutgoingCommand): string {
  const messageId = uuid7();
  const { saga, context, type: routingKey } = command;
  appendToOutbox(trx, {
    messageId,
    exchange: exchanges.commands,
    routingKey,
    aggregate: { type: 'saga', id: saga.id, version: saga.attempt },
    context,
    body: commandBody(command, messageId),
  });
  return messageId;
}
