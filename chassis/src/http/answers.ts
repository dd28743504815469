import type { Readable } from 'node:stream';

/** What a handler answers, as a value. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  /** A JSON text that is sent as it is, instead of a body. */
  readonly json?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it comes, instead of a body; ends with the request. */
  readonly stream?: Readable;
}

type Headers = Readonly<Record<string, string>>;

export function ok(body: unknown, headers: Headers = {}): Answer {
  return { status: 200, body, headers };
}

export function created(location: string, body: unknown, headers: Headers = {}): Answer {
  return { status: 201, body, headers: { ...headers, location } };
}

export function accepted(body: unknown, headers: Headers = {}): Answer {
  return { status: 202, body, headers };
}

export function noContent(): Answer {
  return { status: 204 };
}

export function eventStream(stream: Readable): Answer {
  return { status: 200, stream, headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' } };
}
