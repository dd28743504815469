import type { ProblemStatuses } from '@sagacity/chassis/errors/problem';

/** Statuses of this service's own error codes. */
export const problems = {
  'saga.not_found': 404,
  'saga.version_mismatch': 409,
  'saga.action_not_allowed': 409,
} as const satisfies ProblemStatuses;
