/** Where a message belongs: it travels in the outbox row's headers, then in AMQP properties and headers. */
export interface MessageContext {
  /** What all messages of one undertaking share: `order-<id>`. */
  readonly correlationId: string;
  /** The id of the message or request that caused this one. */
  readonly causationId?: string;
  /** W3C trace context. */
  readonly traceparent?: string;
}

export interface Aggregate {
  readonly type: string;
  readonly id: string | number;
  /** Grows by one with each change of the aggregate; consumers drop what is not newer than what they have. */
  readonly version: number;
}

/** The body of every event; the routing key is its type. */
export interface EventBody<D extends object = object> {
  readonly event_id: string;
  readonly type: string;
  readonly occurred_at: string;
  readonly aggregate: Aggregate;
  readonly data: D;
}

export const exchanges = {
  events: 'shop.events',
  commands: 'shop.commands',
  replies: 'shop.replies',
} as const;

/** The schema of an event of the given type whose data have the given schema. */
export function eventSchema<const T extends string, const D extends object>(type: T, data: D) {
  return {
    type: 'object',
    additionalProperties: false,
    required: ['event_id', 'type', 'occurred_at', 'aggregate', 'data'],
    properties: {
      event_id: { type: 'string', format: 'uuid' },
      type: { const: type },
      occurred_at: { type: 'string', format: 'date-time' },
      aggregate: {
        type: 'object',
        additionalProperties: false,
        required: ['type', 'id', 'version'],
        properties: {
          type: { type: 'string' },
          id: { type: ['string', 'integer'] },
          version: { type: 'integer' },
        },
      },
      data,
    },
  } as const;
}
