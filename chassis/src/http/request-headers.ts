import type { JsonSchema } from '../schema/json-schema.ts';

/** A request header that an operation looks at; described for its readers, read by its handler. */
export interface RequestHeader {
  readonly name: string;
  readonly description: string;
  readonly required?: boolean;
  readonly schema: JsonSchema;
}

const text = { type: 'string' } as const;

export const ifMatch: RequestHeader = {
  name: 'If-Match',
  description: 'The ETag that was read; the change is refused with 412 when there is a newer one.',
  schema: text,
};

export const ifNoneMatch: RequestHeader = {
  name: 'If-None-Match',
  description: 'The ETag that the client has; answered with 304 when it is still the one.',
  schema: text,
};

/** Of an Idempotency-Key, without quotes. */
export const longestKey = 255;

export const idempotencyKey: RequestHeader = {
  name: 'Idempotency-Key',
  description: 'Chosen by the client; the same request with the same key has one effect, for 72 hours.',
  schema: { type: 'string', minLength: 1, maxLength: longestKey },
};

export const prefer: RequestHeader = {
  name: 'Prefer',
  description: 'wait=N: answer when the order has settled, after N seconds at the latest (RFC 7240).',
  schema: text,
};

export const lastEventId: RequestHeader = {
  name: 'Last-Event-ID',
  description: 'The id of the last event that was seen; the stream goes on after it.',
  schema: text,
};

/** Answer headers by name, for routes that answer with a version. */
export const etagHeader = { ETag: 'The version that was answered.' } as const;
