import type { ProblemStatuses } from '@sagacity/chassis/errors/problem';

/** Statuses of the gateway's own error codes. */
export const problems = { 'request.uri_too_long': 414 } as const satisfies ProblemStatuses;
