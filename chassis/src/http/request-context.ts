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

/** The header in which the end of the caller's patience travels, in milliseconds since 1970. */
export const deadlineHeader = 'x-request-deadline';

/** When the caller gives up; undefined when it did not say so in a way that can be read. */
export function readDeadline(header: string | undefined): number | undefined {
  return /^\d{1,15}$/.test(header ?? '') ? Number(header) : undefined;
}

/** A new, unsampled trace context (W3C Trace Context level 1). */
export function newTraceparent(): string {
  return `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-00`;
}
