import type { RequestHandler } from 'express';

const hopByHop = ['connection', 'keep-alive', 'proxy-authorization', 'proxy-connection', 'te', 'trailer', 'upgrade'];
const forged = /^(?:x-forwarded-|x-user-|x-internal-|x-real-ip$|forwarded$|x-request-deadline$)/;

/**
 * Removes hop-by-hop headers (RFC 9110, 7.6.1) and every header by which a client could claim an identity or an origin,
 * then sets `x-forwarded-*`, the request id and the trace context anew.
 */
export const cleanHeaders: RequestHandler = (request, response, next) => {
  // Read from `x-forwarded-*` where a trusted proxy has set them, so before they are removed.
  const { headers, ip = '', protocol } = request;
  const namedByConnection = String(headers.connection ?? '')
    .toLowerCase()
    .split(',');
  for (const name of [...hopByHop, ...namedByConnection.map((part) => part.trim())]) delete headers[name];
  for (const name of Object.keys(headers)) if (forged.test(name)) delete headers[name];
  headers['x-forwarded-for'] = ip;
  headers['x-forwarded-proto'] = protocol;
  headers['x-forwarded-host'] = headers.host ?? '';
  headers['x-request-id'] = String(response.locals.requestId);
  headers.traceparent = String(response.locals.traceparent);
  next();
};
