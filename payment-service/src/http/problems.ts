import type { ProblemStatuses } from '@sagacity/chassis/errors/problem';

/** Statuses of this service's own error codes. */
export const problems = {
  'payment.not_found': 404,
  'payment.provider_unknown': 404,
  'payment.not_refundable': 409,
  'payment.refund_exceeds_captured': 409,
  'payment.webhook_forged': 401,
  'payment.webhook_stale': 401,
  'idempotency.key_invalid': 400,
  'idempotency.key_reused': 422,
} as const satisfies ProblemStatuses;
