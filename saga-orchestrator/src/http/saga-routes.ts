import type { Db } from '@sagacity/chassis/db/database';
import { ok } from '@sagacity/chassis/http/answers';
import { type Route, route } from '@sagacity/chassis/http/route';
import { sagaDetailAnswer, sagaParams } from '../contract/saga-detail.ts';
import { listSagasQuery, sagaListAnswer } from '../contract/saga-list.ts';
import { definitionsAnswer, statsAnswer, statsQuery } from '../contract/saga-stats.ts';
import { listDefinitions } from '../queries/list-definitions.ts';
import { listSagas } from '../queries/list-sagas.ts';
import { readSaga } from '../queries/read-saga.ts';
import { readStats } from '../queries/saga-stats.ts';
import type { Catalogue } from '../sagas/catalogue.ts';

/** Looking at sagas. */
export function sagaRoutes(deps: { readonly db: Db; readonly catalogue: Catalogue }): Route[] {
  return [
    route({
      method: 'get',
      path: '/admin/sagas',
      operationId: 'listSagas',
      summary: 'Sagas by state, step, error, order, user or age',
      access: 'admin',
      query: listSagasQuery,
      answers: { 200: { description: 'Sagas', schema: sagaListAnswer } },
      handle: async ({ query }) => ok(await listSagas(deps.db, query)),
    }),
    route({
      method: 'get',
      path: '/admin/sagas/stats',
      operationId: 'getSagaStats',
      summary: 'What goes on now, and what ended in the last minutes',
      access: 'admin',
      query: statsQuery,
      answers: { 200: { description: 'Counts and durations', schema: statsAnswer } },
      handle: async ({ query }) => ok(await readStats(deps.db, query.window_minutes)),
    }),
    route({
      method: 'get',
      path: '/admin/definitions',
      operationId: 'listDefinitions',
      summary: 'The saga definitions as graphs',
      access: 'admin',
      answers: { 200: { description: 'Definitions', schema: definitionsAnswer } },
      handle: async () => ok(await listDefinitions(deps.db, deps.catalogue)),
    }),
    route({
      method: 'get',
      path: '/admin/sagas/:saga_id',
      operationId: 'getSaga',
      summary: 'A saga with its steps, attempts, timeline and allowed actions',
      access: 'admin',
      params: sagaParams,
      answers: { 200: { description: 'The saga', schema: sagaDetailAnswer } },
      problems: ['saga.not_found'],
      handle: async ({ params }) => ok(await readSaga(deps.db, deps.catalogue, params.saga_id)),
    }),
  ];
}
