import type { ProblemStatuses } from '@sagacity/chassis/errors/problem';

/** This service's own error codes. */
export const problems = {
  'auth.invalid_credentials': 401,
  'auth.invalid_refresh_token': 401,
  'user.not_found': 404,
  'user.email_taken': 409,
  'user.username_taken': 409,
  'user.last_admin': 409,
  'user.password_too_common': 422,
  'user.wrong_password': 422,
} as const satisfies ProblemStatuses;
