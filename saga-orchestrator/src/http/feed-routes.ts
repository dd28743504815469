import type { Db } from '@sagacity/chassis/db/database';
import { DomainError } from '@sagacity/chassis/errors/domain-error';
import { eventStream } from '@sagacity/chassis/http/answers';
import type { Places } from '@sagacity/chassis/http/places';
import { lastEventId } from '@sagacity/chassis/http/request-headers';
import { type Route, route } from '@sagacity/chassis/http/route';
import { followSagas } from '../feed/follow-sagas.ts';

/** Watching all sagas as they go. */
export function feedRoutes(deps: { readonly db: Db; readonly places: Places; readonly pollMs?: number }): Route[] {
  return [
    route({
      method: 'get',
      path: '/admin/sagas/stream',
      operationId: 'followSagas',
      summary: 'Every line that comes onto the timeline of any saga, as server-sent events',
      access: 'admin',
      headers: [lastEventId],
      answers: { 200: { description: 'Events without end', contentType: 'text/event-stream' } },
      problems: ['saga.stream_full'],
      handle: async ({ header, signal }) => {
        const after = readLastEventId(header('last-event-id'));
        const place = deps.places.take(signal);
        if (!place) {
          throw new DomainError('saga.stream_full', 'As many watch the sagas as can; list them instead.', {
            retryAfterSeconds: 10,
          });
        }
        const stream = followSagas(deps.db, {
          after,
          signal: place.signal,
          ...(deps.pollMs ? { pollMs: deps.pollMs } : {}),
        });
        stream.once('close', place.free);
        return eventStream(stream);
      },
    }),
  ];
}

function readLastEventId(id: string | undefined): Date | undefined {
  if (id === undefined) return undefined;
  const at = new Date(id);
  if (!Number.isNaN(at.getTime())) return at;
  throw new DomainError('request.invalid', 'The request is not valid.', {
    errors: [{ pointer: '/header/last-event-id', code: 'format', detail: 'was not given by this stream' }],
  });
}
