import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import { DomainError } from '../errors/domain-error.ts';
import { type ProblemStatuses, toProblem } from '../errors/problem.ts';
import type { Logger } from '../logging/logger.ts';

/** Answers with the problem of a refusal; the one way in which errors leave a process. */
export function sendProblem(response: Response, error: DomainError, statuses: ProblemStatuses, path: string): void {
  const problem = toProblem(error, statuses, { path, requestId: response.locals.requestId as string });
  if (error.retryAfterSeconds !== undefined) response.setHeader('retry-after', String(error.retryAfterSeconds));
  if (problem.status === 401) response.setHeader('www-authenticate', 'Bearer');
  response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
}

/** The last handler: every thrown error becomes a problem; what nobody foresaw is logged and answered without its message. */
export function problemHandler(statuses: ProblemStatuses, logger: Logger): ErrorRequestHandler {
  return (error, request, response, _next) => {
    if (response.headersSent) {
      // Half an answer is out: only its end without end tells the client. Express would print the error past the log.
      logger.warn('answer broke off', { error, path: request.path, request_id: response.locals.requestId });
      response.destroy();
      return;
    }
    const refusal =
      error instanceof DomainError ? error : (refusalOfParser(error) ?? unexpected(error, request, response, logger));
    sendProblem(response, refusal, statuses, request.path);
  };
}

export const notFound: RequestHandler = (request) => {
  throw new DomainError('route.not_found', `There is no ${request.path}.`);
};

export function methodNotAllowed(allowed: readonly string[]): RequestHandler {
  return (request, response) => {
    response.setHeader('allow', allowed.join(', '));
    throw new DomainError('request.method_not_allowed', `${request.method} is not possible here.`, {
      extensions: { allowed },
    });
  };
}

/** The body parser throws errors with a type of its own. */
function refusalOfParser(error: unknown): DomainError | undefined {
  const { type, status } = (error ?? {}) as { type?: string; status?: number };
  if (type === 'entity.too.large') return new DomainError('request.too_large', 'The body is too large.');
  if (type === 'charset.unsupported' || type === 'encoding.unsupported') {
    return new DomainError('request.unsupported_media_type', 'The encoding of the body is not supported.');
  }
  if (typeof type === 'string' && status !== undefined && status < 500) {
    return new DomainError('request.malformed', 'The body could not be read as JSON.');
  }
  // Express throws this for a path such as /%ZZ.
  if (error instanceof URIError) return new DomainError('request.malformed', 'The path is malformed.');
  return undefined;
}

function unexpected(error: unknown, request: Request, response: Response, logger: Logger): DomainError {
  logger.error('request failed unexpectedly', {
    error,
    method: request.method,
    path: request.path,
    request_id: response.locals.requestId,
  });
  return new DomainError('internal.error', 'Something went wrong on our side; the request id helps us to find it.');
}
