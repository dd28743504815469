import type { Db } from '@sagacity/chassis/db/database';
import { ok } from '@sagacity/chassis/http/answers';
import { type Route, route } from '@sagacity/chassis/http/route';
import { sagaActionAnswer, sagaActionBody, sagaActionQuery } from '../contract/saga-actions.ts';
import { sagaParams } from '../contract/saga-detail.ts';
import { operateSaga } from '../use-cases/operate-saga.ts';
import type { SagaSessions } from '../use-cases/saga-session.ts';

/** Stepping in. */
export function actionRoutes(deps: { readonly db: Db; readonly sessions: SagaSessions }): Route[] {
  return [
    route({
      method: 'post',
      path: '/admin/sagas/:saga_id/actions',
      operationId: 'operateSaga',
      summary: 'Retry, resolve, pause, resume, cancel or force back a saga; or see what that would send',
      access: 'admin',
      params: sagaParams,
      query: sagaActionQuery,
      body: sagaActionBody,
      answers: { 200: { description: 'What was sent, or would be', schema: sagaActionAnswer } },
      problems: ['saga.not_found', 'saga.version_mismatch', 'saga.action_not_allowed'],
      handle: async ({ actor, params, query, body, requestId, traceparent }) => {
        const who = { actor: `admin ${actor.userId}`, requestId, traceparent };
        return ok(await operateSaga(deps, { ...who, sagaId: params.saga_id, body, dryRun: query.dry_run === 1 }));
      },
    }),
  ];
}
