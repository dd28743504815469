import { expect } from 'chai';
import { Registry } from 'prom-client';
import { serve, type TestServer } from '../../test-kit/http.ts';
import { createTestTokens } from '../../test-kit/tokens.ts';
import { DomainError } from '../errors/domain-error.ts';
import { silentLogger } from '../logging/logger.ts';
import { created, noContent, ok } from './answers.ts';
import { createHttpApp } from './app.ts';
import { route } from './route.ts';

const id = {
  type: 'object',
  required: ['thing_id'],
  properties: { thing_id: { type: 'integer', minimum: 1 } },
} as const;

const routes = [
  route({
    method: 'get',
    path: '/things/:thing_id',
    operationId: 'getThing',
    summary: 'A thing',
    access: 'public',
    params: id,
    query: {
      type: 'object',
      additionalProperties: false,
      properties: { limit: { type: 'integer', minimum: 1, maximum: 100, default: 20 } },
      required: ['limit'],
    },
    answers: { 200: { description: 'The thing' } },
    handle: async ({ params, query }) => ok({ id: params.thing_id, limit: query.limit }),
  }),
  route({
    method: 'post',
    path: '/things',
    operationId: 'makeThing',
    summary: 'Make a thing',
    access: 'user',
    body: {
      type: 'object',
      additionalProperties: false,
      required: ['name'],
      properties: { name: { type: 'string', minLength: 1 } },
    },
    answers: { 201: { description: 'The thing' } },
    handle: async ({ actor, body }) => created('/things/1', { name: body.name, owner: actor.userId }),
  }),
  route({
    method: 'post',
    path: '/doors',
    operationId: 'knock',
    summary: 'Ask to be let in',
    access: 'public',
    ignoresToken: true,
    answers: { 204: { description: 'Heard' } },
    handle: async () => noContent(),
  }),
  route({
    method: 'delete',
    path: '/things/:thing_id',
    operationId: 'deleteThing',
    summary: 'Delete a thing',
    access: 'admin',
    params: id,
    answers: { 204: { description: 'Gone' } },
    handle: async ({ params }) => {
      if (params.thing_id === 2) throw new Error('secret of the house');
      throw new DomainError('thing.in_use', 'The thing is in use.', { extensions: { by: [7] } });
    },
  }),
];

describe('HTTP application', () => {
  const tokens = createTestTokens();
  let server: TestServer;
  let ready = true;

  before(async () => {
    const database = async () => {
      if (!ready) throw new Error('away');
    };
    const app = createHttpApp({
      logger: silentLogger,
      metrics: new Registry(),
      routes,
      verifyToken: tokens.verify,
      readiness: { database },
      problems: { 'thing.in_use': 409 },
    });
    server = await serve(app);
  });
  after(() => server.stop());

  it('hands numbers and defaults to the handler', async () => {
    const answer = await server.call('GET', '/things/5');
    expect(answer.status).to.equal(200);
    expect(answer.body).to.deep.equal({ id: 5, limit: 20 });
  });

  it('names every fault of path and query', async () => {
    const answer = await server.call('GET', '/things/x?limit=0&evil=1');
    expect(answer.status).to.equal(400);
    expect(answer.headers.get('content-type')).to.match(/^application\/problem\+json/);
    expect(answer.body.code).to.equal('request.invalid');
    const pointers = answer.body.errors.map((error: { pointer: string }) => error.pointer);
    expect(pointers).to.have.members(['/path/thing_id', '/query/limit', '/query/evil']);
  });

  it('refuses unknown fields, also those that would reach the prototype', async () => {
    for (const body of ['{"name":"a","role":"admin"}', '{"name":"a","__proto__":{"admin":true}}']) {
      const answer = await fetch(`${server.url}/things`, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', authorization: `Bearer ${tokens.issue()}` },
      });
      expect(answer.status).to.equal(400);
      expect((await answer.json()) as object).to.have.property('code', 'request.invalid');
    }
  });

  it('answers malformed, missing, foreign and oversized bodies each with their own problem', async () => {
    const send = async (body: string, type: string) => {
      const headers = { 'content-type': type, authorization: `Bearer ${tokens.issue()}` };
      const answer = await fetch(`${server.url}/things`, { method: 'POST', body, headers });
      return [answer.status, ((await answer.json()) as { code: string }).code];
    };
    expect(await send('{"name":', 'application/json')).to.deep.equal([400, 'request.malformed']);
    expect(await send('', 'application/json')).to.deep.equal([400, 'request.malformed']);
    expect(await send('name=a', 'text/plain')).to.deep.equal([415, 'request.unsupported_media_type']);
    expect(await send(JSON.stringify({ name: 'a'.repeat(70_000) }), 'application/json')).to.deep.equal([
      413,
      'request.too_large',
    ]);
  });

  it('lets in only whom the route is for', async () => {
    const status = async (token?: string) =>
      (await server.call('DELETE', '/things/1', token === undefined ? {} : { token })).status;
    expect(await status()).to.equal(401);
    expect(await status('no.valid.token')).to.equal(401);
    expect(await status(tokens.issue({ expiresInSeconds: -60 }))).to.equal(401);
    expect(await status(tokens.issue({ roles: ['user'] }))).to.equal(403);
    expect(await status(tokens.issue({ roles: ['admin'] }))).to.equal(409);
  });

  it('does nothing for a caller who has given up already', async () => {
    const call = (deadline: string) => server.call('GET', '/things/5', { headers: { 'x-request-deadline': deadline } });
    const late = await call(String(Date.now() - 1));
    expect([late.status, late.body.code]).to.deep.equal([504, 'service.timeout']);
    for (const inTime of [String(Date.now() + 60_000), 'soon', '']) expect((await call(inTime)).status).to.equal(200);
  });

  it('does not look at a token where one is not needed', async () => {
    const token = tokens.issue({ expiresInSeconds: -60 });
    expect((await server.call('POST', '/doors', { token })).status).to.equal(204);
    expect((await server.call('GET', '/things/5', { token })).status).to.equal(401);
  });

  it('answers a refusal with its code, status and extensions', async () => {
    const answer = await server.call('DELETE', '/things/1', { token: tokens.issue({ roles: ['admin'] }) });
    expect(answer.body).to.include({
      code: 'thing.in_use',
      status: 409,
      detail: 'The thing is in use.',
      instance: '/things/1',
    });
    expect(answer.body.by).to.deep.equal([7]);
    expect(answer.body.request_id).to.equal(answer.headers.get('x-request-id'));
  });

  it('never tells the message of an error that nobody foresaw', async () => {
    const answer = await server.call('DELETE', '/things/2', { token: tokens.issue({ roles: ['admin'] }) });
    expect(answer.status).to.equal(500);
    expect(JSON.stringify(answer.body)).not.to.contain('secret of the house');
  });

  it('tells unknown paths from unknown methods', async () => {
    expect((await server.call('GET', '/nothing')).status).to.equal(404);
    const answer = await server.call('PATCH', '/things/1', { body: {} });
    expect(answer.status).to.equal(405);
    expect(answer.headers.get('allow')).to.equal('GET, DELETE');
  });

  it('keeps an acceptable request id and replaces any other', async () => {
    const idOf = async (id: string) =>
      (await server.call('GET', '/things/1', { headers: { 'x-request-id': id } })).headers.get('x-request-id');
    expect(await idOf('caller-0001')).to.equal('caller-0001');
    expect(await idOf('a b')).not.to.equal('a b');
  });

  it('is live while it runs and ready only while its checks pass', async () => {
    expect((await server.call('GET', '/health/ready')).status).to.equal(200);
    ready = false;
    const answer = await server.call('GET', '/health/ready');
    expect(answer.status).to.equal(503);
    expect(answer.body.checks).to.deep.equal({ database: { status: 'fail' } });
    expect((await server.call('GET', '/health/live')).status).to.equal(200);
    ready = true;
  });
});
