import { commonStatuses, type ProblemStatuses } from '@sagacity/chassis/errors/problem';
import type { Route } from '@sagacity/chassis/http/route';
import { problemCodesOf } from '@sagacity/chassis/openapi/problem-answers';
import { problems as gatewayProblems } from '../../gateway/src/http/problems.ts';
import { errorMeanings } from './error-meanings.ts';
import { code, page, table } from './markdown.ts';
import { readServices } from './service-routes.ts';

/** The status of every code that a process may answer with. */
export async function allStatuses(): Promise<ProblemStatuses> {
  const services = await readServices();
  return Object.assign({}, commonStatuses, gatewayProblems, ...services.map(({ problems }) => problems));
}

/** The catalogue of error codes: status, meaning, what to do, and the operations that name them. */
export async function errorsPage(): Promise<string> {
  const statuses = await allStatuses();
  const services = await readServices();
  const common = new Set(Object.keys({ ...commonStatuses, ...gatewayProblems }));
  const routes = services.flatMap((service) => service.routes);
  const rows = (codes: readonly string[]) =>
    codes.map((name) => {
      const { meaning = '', remedy = '' } = errorMeanings[name] ?? {};
      return [code(name), String(statuses[name]), meaning, remedy];
    });
  const own = Object.keys(statuses).filter((name) => !common.has(name));
  const ownRows = rows(own).map((row, index) => [...row, operationsWith(routes, own[index] ?? '')]);
  return page(
    'Errors',
    'Every error is `application/problem+json` (RFC 9457): `{type, title, status, detail, instance, code, request_id, errors?}`. Programs decide by `code`, which stays; `detail` is for people and may change. `errors` names the faults of an input by JSON Pointers: `/email` in the body, `/query/limit`, `/path/order_id`.',
    '## Anywhere',
    table(['code', 'status', 'meaning', 'what to do'], rows([...common])),
    '## Of single operations',
    table(['code', 'status', 'meaning', 'what to do', 'operations'], ownRows),
  );
}

function operationsWith(routes: readonly Route[], name: string): string {
  return routes
    .filter((route) => problemCodesOf(route).includes(name))
    .map(({ operationId }) => operationId)
    .join(', ');
}
