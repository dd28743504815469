import type { RequestHandler } from 'express';
import type { Registry } from 'prom-client';
import type { Logger } from '../logging/logger.ts';
import { httpDuration } from '../metrics/metrics.ts';
import { readRequestContext } from './request-context.ts';

/** Gives each request its id and trace context, and logs and counts it once when it is answered; the query is never logged. */
export function observeRequests(logger: Logger, metrics: Registry): RequestHandler {
  const duration = httpDuration(metrics);
  return (request, response, next) => {
    const startedAt = process.hrtime.bigint();
    const { requestId, traceparent } = readRequestContext(request.headers);
    const path = request.path;
    response.locals.requestId = requestId;
    response.locals.traceparent = traceparent;
    response.setHeader('x-request-id', requestId);
    response.once('close', () => {
      const seconds = Number(process.hrtime.bigint() - startedAt) / 1e9;
      const route = (response.locals.route as string | undefined) ?? 'unmatched';
      const status = response.writableFinished ? response.statusCode : 499;
      duration.observe(
        { http_request_method: request.method, http_route: route, http_response_status_code: status },
        seconds,
      );
      logger.info('request', {
        request_id: requestId,
        trace_id: traceparent.split('-')[1],
        method: request.method,
        route,
        path,
        status,
        duration_ms: Math.round(seconds * 10_000) / 10,
        ...response.locals.facts,
      });
    });
    next();
  };
}
