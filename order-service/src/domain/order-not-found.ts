import { DomainError } from '@sagacity/chassis/errors/domain-error';

/** The answer for an order that is not there, and for one that is somebody else's. */
export function orderNotFound(): DomainError {
  return new DomainError('order.not_found', 'There is no such order.');
}
