import type { ProblemStatuses } from '@sagacity/chassis/errors/problem';

/** Statuses of this service's own error codes. */
export const problems = {
  'saga.not_found': 404,
  'saga.version_mismatch': 409,
  'saga.action_not_allowed': 409,
  'saga.stream_full': 503,
  'dead_letter.not_found': 404,
  'dead_letter.not_open': 409,
  'dead_letter.gone': 409,
  'audit.not_run': 404,
  'audit.not_configured': 503,
  'audit.database_unreadable': 503,
} as const satisfies ProblemStatuses;
