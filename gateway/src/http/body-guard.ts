import { DomainError } from '@sagacity/chassis/errors/domain-error';
import type { Request, RequestHandler, Response } from 'express';

const mostBytes = 64 * 1024;

/**
 * Refuses a body of more than 64 KB: one that announces its length before a byte is forwarded, any other as soon as it has sent more.
 * Nothing is kept of it: the bytes are counted as they pass.
 */
export const guardBody: RequestHandler = (request, response, next) => {
  if (Number(request.headers['content-length'] ?? 0) > mostBytes) {
    // The body is never read, so the connection cannot be used again.
    response.setHeader('connection', 'close');
    throw tooLarge();
  }
  if (request.headers['transfer-encoding'] !== undefined) countBody(request, response);
  next();
};

export function tooLarge(): DomainError {
  return new DomainError('request.too_large', 'The body is larger than 64 KB.');
}

/** Aborted when the body of this request has grown too large while it was forwarded. */
export function bodyOverflow(response: Response): AbortSignal | undefined {
  return response.locals.bodyOverflow as AbortSignal | undefined;
}

function countBody(request: Request, response: Response): void {
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
    overflow.abort();
  };
  request.on('data', count);
}
