import type { Db } from '@sagacity/chassis/db/database';
import { ok } from '@sagacity/chassis/http/answers';
import { type Route, route } from '@sagacity/chassis/http/route';
import { sagaDetailAnswer, sagaParams } from '../contract/saga-detail.ts';
import { listSagasQuery, sagaListAnswer } from '../contract/saga-list.ts';
import { listSagas } from '../queries/list-sagas.ts';
import { readSaga } from '../queries/read-saga.ts';
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
