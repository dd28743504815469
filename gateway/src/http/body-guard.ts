import { DomainError } from '@sagacity/chassis/errors/domain-error';
import type { Request, RequestHandler, Response } from 'express';

const usualBytes = 64 * 1024;

/**
 * Refuses a body of more than the limit, usually 64 KB: one that announces its length before a byte is forwarded, any other as soon as it
 * has sent more. Nothing is kept of it: the bytes are counted as they pass.
 */
export function guardBody(mostBytes = usualBytes): RequestHandler {
  return (request, response, next) => {
    if (Number(request.headers['content-length'] ?? 0) > mostBytes) {
      // The body is never read, so the connection cannot be used again.
      response.setHeader('connection', 'close');
      throw tooLarge(mostBytes);
    }
    if (request.headers['transfer-encoding'] !== undefined) countBody(request, response, mostBytes);
    next();
  };
}

/** Aborted, with the refusal as its reason, when the body of this request has grown too large while it was forwarded. */
export function bodyOverflow(response: Response): AbortSignal | undefined {
  return response.locals.bodyOverflow as AbortSignal | undefined;
}

function countBody(request: Request, response: Response, mostBytes: number): void {
  const overflow = new AbortController();
  response.locals.bodyOverflow = overflow.signal;
  let bytes = 0;
  // Paused, a listener does not make it flow: the bytes wait for whoever pipes them on.
  request.pause();
  const count = (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= mostBytes) return;
    request.off('data', count);
    request.unpipe();
    if (!response.headersSent) response.setHeader('connection', 'close');
    overflow.abort(tooLarge(mostBytes));
  };
  request.on('data', count);
}

function tooLarge(mostBytes: number): DomainError {
  return new DomainError('request.too_large', `The body is larger than ${mostBytes / 1024} KB.`);
}
