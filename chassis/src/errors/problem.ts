import type { DomainError, ErrorDetail } from './domain-error.ts';

/** The shape of every error answer (RFC 9457), as `application/problem+json`. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: string;
  readonly request_id: string;
  readonly errors?: readonly ErrorDetail[];
  readonly [extension: string]: unknown;
}

/** Error code to HTTP status; each service adds its own with `satisfies`. */
export type ProblemStatuses = Readonly<Record<string, number>>;

/** The codes that every process may answer with. */
export const commonStatuses = {
  'request.invalid': 400,
  'request.malformed': 400,
  'auth.required': 401,
  'auth.invalid_token': 401,
  'auth.token_expired': 401,
  'auth.token_revoked': 401,
  'auth.forbidden': 403,
  'route.not_found': 404,
  'request.method_not_allowed': 405,
  'request.timeout': 408,
  'request.version_mismatch': 412,
  'request.too_large': 413,
  'request.unsupported_media_type': 415,
  'request.precondition_required': 428,
  'request.rate_limited': 429,
  'request.headers_too_large': 431,
  'internal.error': 500,
  'service.unavailable': 503,
  'service.timeout': 504,
} as const satisfies ProblemStatuses;

const titles: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not found',
  405: 'Method not allowed',
  408: 'Request timeout',
  409: 'Conflict',
  412: 'Precondition failed',
  413: 'Content too large',
  414: 'URI too long',
  415: 'Unsupported media type',
  422: 'Unprocessable content',
  428: 'Precondition required',
  429: 'Too many requests',
  431: 'Request header fields too large',
  500: 'Internal server error',
  503: 'Service unavailable',
  504: 'Gateway timeout',
};

/** Builds the problem of a refusal; a code without a status is a programming error and becomes a 500. */
export function toProblem(
  error: DomainError,
  statuses: ProblemStatuses,
  request: { path: string; requestId: string },
): Problem {
  const status = statuses[error.code] ?? 500;
  return {
    ...error.extensions,
    type: `urn:sagacity:problem:${error.code}`,
    title: titles[status] ?? 'Error',
    status,
    detail: error.message,
    instance: request.path,
    code: error.code,
    request_id: request.requestId,
    ...(error.errors.length > 0 ? { errors: error.errors } : {}),
  };
}
