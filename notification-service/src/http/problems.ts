import type { ProblemStatuses } from '@sagacity/chassis/errors/problem';

/** Statuses of this service's own error codes. */
export const problems = { 'user.not_found': 404 } as const satisfies ProblemStatuses;
