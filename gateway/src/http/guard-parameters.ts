import { DomainError } from '@sagacity/chassis/errors/domain-error';
import type { RequestHandler } from 'express';

const id = /^(?:\d{1,16}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})$/i;

/**
 * Refuses an id in the path that is neither a number nor a uuid: `/products/quotes` would else pass for a product and reach a
 * route of the service that the table does not list.
 */
export const guardParameters: RequestHandler = (request, _response, next) => {
  const wrong = Object.entries(request.params).filter(
    ([name, value]) => name.endsWith('_id') && !id.test(String(value)),
  );
  if (wrong.length === 0) return next();
  throw new DomainError('request.invalid', 'The request is not valid.', {
    errors: wrong.map(([name]) => ({ pointer: `/path/${name}`, code: 'type', detail: 'is not an id' })),
  });
};
