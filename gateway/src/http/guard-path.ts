import { DomainError } from '@sagacity/chassis/errors/domain-error';
import type { RequestHandler } from 'express';

const longestUrl = 2048;
// Dot segments, also encoded; encoded slashes, backslashes and NUL; a double slash. Proxies and services read these differently.
const ambiguous = /(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)|%2f|%5c|%00|\\|\/\//i;

/** Refuses a path that the gateway and a service could understand differently, before anything else looks at it. */
export const guardPath: RequestHandler = (request, _response, next) => {
  const url = request.originalUrl;
  const path = url.split('?', 1)[0] ?? '';
  if (url.length > longestUrl) throw new DomainError('request.uri_too_long', 'The URL is too long.');
  if (!path.startsWith('/') || ambiguous.test(path) || !decodes(path)) {
    throw new DomainError('request.malformed', 'The path is malformed.');
  }
  next();
};

function decodes(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}
