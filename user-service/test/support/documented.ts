import type { Route } from '@sagacity/chassis/http/route';
import { compile } from '@sagacity/chassis/schema/validator';
import type { HttpAnswer } from '@sagacity/chassis/test-kit/http';
import { expect } from 'chai';

/** Fails unless the answer has a status that the operation documents and a body that its schema accepts, or is a problem of the agreed shape. */
export function assertAsDocumented(routes: readonly Route[], method: string, path: string, answer: HttpAnswer): void {
  if (answer.status >= 400) {
    expect(answer.headers.get('content-type')).to.match(/^application\/problem\+json/);
    expect(answer.body).to.include.all.keys('type', 'title', 'status', 'detail', 'instance', 'code', 'request_id');
    return;
  }
  const route = routeOf(routes, method, path);
  const spec = route.answers[answer.status];
  expect(spec, `${method} ${route.path} documents ${answer.status}`).not.to.equal(undefined);
  if (spec?.schema === undefined) expect(answer.body).to.equal('');
  else expect(compile(spec.schema)(answer.body)).to.deep.equal({ valid: true });
}

function routeOf(routes: readonly Route[], method: string, path: string): Route {
  const pathname = new URL(path, 'http://host').pathname;
  const found = routes.find((route) => route.method === method.toLowerCase() && toPattern(route.path).test(pathname));
  if (!found) throw new Error(`no route for ${method} ${path}`);
  return found;
}

function toPattern(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('.', '\\.').replace(/:\w+/g, '[^/]+')}$`);
}
