import { DomainError } from '@sagacity/chassis/errors/domain-error';
import type { RequestHandler } from 'express';

const usualBytes = 64 * 1024;

/** Refuses a body that announces more than the limit, usually 64 KB, before a byte of it is forwarded; services count the others. */
export function guardBody(mostBytes = usualBytes): RequestHandler {
  return (request, response, next) => {
    const announced = Number(request.headers['content-length'] ?? 0);
    if (announced > mostBytes) {
      // The body is never read, so the connection cannot be used again.
      response.setHeader('connection', 'close');
      throw new DomainError('request.too_large', `The body is larger than ${mostBytes / 1024} KB.`);
    }
    next();
  };
}
