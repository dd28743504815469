import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { uuid7 } from '../ids/uuid7.ts';

export interface RequestContext {
  readonly requestId: string;
  readonly traceparent: string;
}

const acceptableId = /^[A-Za-z0-9_-]{8,64}$/;
const acceptableTrace = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The request id and W3C trace context that came with a request, or new ones where they are missing or malformed. */
export function readRequestContext(headers: IncomingHttpHeaders): RequestContext {
  const id = headers['x-request-id'];
  const trace = headers.traceparent;
  return {
    requestId: typeof id === 'string' && acceptableId.test(id) ? id : uuid7(),
    traceparent: typeof trace === 'string' && acceptableTrace.test(trace) ? trace : newTraceparent(),
  };
}

/** A new, unsampled trace context (W3C Trace Context level 1). */
export function newTraceparent(): string {
  return `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-00`;
}
