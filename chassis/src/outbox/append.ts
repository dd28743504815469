import type { Trx } from '../db/database.ts';
import { readStatement, type Statement } from '../db/run-sql.ts';
import { afterCommit, withCommit } from '../db/transaction.ts';
import { uuid7 } from '../ids/uuid7.ts';
import { type Aggregate, type EventBody, exchanges, type MessageContext } from '../messaging/envelope.ts';
import { pokeAfterCommit } from './poke.ts';

/** A message to be published once the transaction that appends it is committed. */
export interface OutgoingMessage {
  readonly messageId: string;
  readonly exchange: string;
  readonly routingKey: string;
  readonly aggregate: Aggregate;
  readonly context: MessageContext;
  /** Validated by the producer; serialised once, here. */
  readonly body: object;
}

export interface OutgoingEvent {
  readonly type: string;
  readonly aggregate: Aggregate;
  readonly data: object;
  readonly occurredAt: Date;
  readonly context: MessageContext;
}

const pending = new WeakMap<Trx, OutgoingMessage[]>();

/**
 * Appends a message to the transaction's outbox: if the transaction commits, the message is published at least once,
 * after the earlier messages of its aggregate; if it rolls back, it never is.
 * The aggregate's row must have been locked or updated before, so that the order of rows is the order of versions.
 * All rows of a transaction are written in one statement that travels with its commit. Throws outside of inTransaction.
 */
export function appendToOutbox(trx: Trx, message: OutgoingMessage): void {
  let messages = pending.get(trx);
  if (!messages) {
    messages = [];
    withCommit(trx, () => [insertPending(trx)]);
    afterCommit(trx, () => pokeAfterCommit(trx));
    pending.set(trx, messages);
  }
  messages.push(message);
}

/** Appends an event to shop.events, as appendToOutbox does, and returns its id. */
export function appendEvent(trx: Trx, event: OutgoingEvent): string {
  const messageId = uuid7();
  const body: EventBody = {
    event_id: messageId,
    type: event.type,
    occurred_at: event.occurredAt.toISOString(),
    aggregate: event.aggregate,
    data: event.data,
  };
  const { aggregate, context, type: routingKey } = event;
  appendToOutbox(trx, { messageId, exchange: exchanges.events, routingKey, aggregate, context, body });
  return messageId;
}

function insertPending(trx: Trx): Statement {
  const messages = pending.get(trx) ?? [];
  pending.delete(trx);
  const column = (read: (message: OutgoingMessage) => string) => messages.map(read);
  // unnest keeps the order of the arrays, so ids follow the order of appending.
  return readStatement(
    `INSERT INTO outbox (message_id, exchange, routing_key, aggregate_type, aggregate_id, aggregate_version, headers, payload)
     SELECT * FROM unnest(?::uuid[], ?::text[], ?::text[], ?::text[], ?::text[], ?::bigint[], ?::text[], ?::text[])`,
    [
      column(({ messageId }) => messageId),
      column(({ exchange }) => exchange),
      column(({ routingKey }) => routingKey),
      column(({ aggregate }) => aggregate.type),
      column(({ aggregate }) => String(aggregate.id)),
      column(({ aggregate }) => String(aggregate.version)),
      column(({ context }) => serialiseContext(context)),
      column(({ body }) => JSON.stringify(body)),
    ],
  );
}

function serialiseContext({ correlationId, causationId, traceparent }: MessageContext): string {
  return JSON.stringify({ correlation_id: correlationId, causation_id: causationId, traceparent });
}
