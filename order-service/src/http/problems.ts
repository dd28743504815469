import type { ProblemStatuses } from '@sagacity/chassis/errors/problem';

/** Statuses of this service's own error codes. */
export const problems = {
  'order.not_found': 404,
  'order.product_unknown': 422,
  'order.out_of_stock': 409,
  'order.price_changed': 409,
  'order.currency_mixed': 422,
  'order.total_too_large': 422,
  'order.invalid_transition': 409,
  'order.not_cancellable': 409,
  'order.end_after_pivot': 409,
  'idempotency.in_flight': 409,
  'idempotency.key_reused': 422,
  'idempotency.key_invalid': 400,
} as const satisfies ProblemStatuses;
