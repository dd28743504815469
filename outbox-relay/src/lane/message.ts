import type { Options } from 'amqplib';
import type { OutboxRow } from './row.ts';

export interface Publication {
  readonly exchange: string;
  readonly routingKey: string;
  readonly content: Buffer;
  readonly options: Options.Publish;
}

interface Context {
  readonly correlation_id?: string;
  readonly causation_id?: string;
  readonly traceparent?: string;
}

/** The AMQP message of a row: the payload's bytes as they are, what identifies and traces it in properties and headers. Throws when the headers are no JSON. */
export function toPublication(row: OutboxRow, producer: string): Publication {
  const context = readContext(row);
  return {
    exchange: row.exchange,
    routingKey: row.routing_key,
    content: Buffer.from(row.payload),
    options: {
      messageId: row.message_id,
      type: row.routing_key,
      timestamp: Math.floor(row.created_at),
      appId: producer,
      contentType: 'application/json',
      persistent: true,
      mandatory: true,
      correlationId: context.correlation_id ?? `${row.aggregate_type}-${row.aggregate_id}`,
      headers: {
        'x-aggregate-type': row.aggregate_type,
        'x-aggregate-id': row.aggregate_id,
        'x-aggregate-version': row.aggregate_version,
        ...(context.causation_id === undefined ? {} : { causation_id: context.causation_id }),
        ...(context.traceparent === undefined ? {} : { traceparent: context.traceparent }),
      },
    },
  };
}

function readContext({ headers }: OutboxRow): Context {
  if (headers === null) return {};
  const context: unknown = JSON.parse(headers);
  if (typeof context !== 'object' || context === null) throw new TypeError('headers must be a JSON object');
  return context as Context;
}
