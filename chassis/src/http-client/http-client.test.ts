import type { ServerResponse } from 'node:http';
import { expect } from 'chai';
import nock from 'nock';
import { Registry } from 'prom-client';
import { serve, type TestServer } from '../../test-kit/http.ts';
import { waitFor } from '../../test-kit/wait-for.ts';
import type { DomainError } from '../errors/domain-error.ts';
import { silentLogger } from '../logging/logger.ts';
import { createHttpClient, type HttpClient, type HttpClientOptions } from './http-client.ts';

const baseUrl = 'http://shelves.test';

describe('HTTP client', () => {
  let client: HttpClient;
  let metrics: Registry;

  const make = (options: Partial<HttpClientOptions> = {}) => {
    metrics = new Registry();
    client = createHttpClient({ server: 'shelf-service', baseUrl, logger: silentLogger, metrics, ...options });
    return client;
  };

  afterEach(async () => {
    await client.stop();
    nock.cleanAll();
  });

  it('answers with status, headers and the parsed body', async () => {
    nock(baseUrl).get('/shelves/7').reply(200, { id: 7 }, { etag: '"3"' });
    const reply = await make().send({ method: 'GET', path: '/shelves/7' });
    expect(reply.status).to.equal(200);
    expect(reply.headers.get('etag')).to.equal('"3"');
    expect(reply.body).to.deep.equal({ id: 7 });
  });

  it('takes a 4xx for an answer and asks only once', async () => {
    const upstream = nock(baseUrl).get('/shelves/8').reply(404, { code: 'shelf.not_found' });
    const reply = await make().send({ method: 'GET', path: '/shelves/8' });
    expect(reply.status).to.equal(404);
    expect(upstream.isDone()).to.equal(true);
  });

  it('sends a body as JSON, the headers it is given and the deadline of the attempt', async () => {
    const before = Date.now();
    const inTime = (value: string | null) => Number(value) >= before + 400 && Number(value) <= Date.now() + 400;
    nock(baseUrl, { reqheaders: { authorization: 'Bearer a.b.c', 'x-request-deadline': inTime } })
      .post('/shelves', { name: 'left' })
      .reply(201, { id: 9 });
    const reply = await make({ timeoutMs: 400 }).send({
      method: 'POST',
      path: '/shelves',
      body: { name: 'left' },
      headers: { authorization: 'Bearer a.b.c' },
    });
    expect(reply.status).to.equal(201);
  });

  it('sends an idempotent request again after a passing trouble', async () => {
    nock(baseUrl).get('/shelves/7').reply(503).get('/shelves/7').reply(200, { id: 7 });
    const reply = await make().send({ method: 'GET', path: '/shelves/7' });
    expect(reply.body).to.deep.equal({ id: 7 });
  });

  it('sends an idempotent request again when the connection breaks', async () => {
    nock(baseUrl).get('/shelves/7').replyWithError('socket hang up').get('/shelves/7').reply(200, { id: 7 });
    expect((await make().send({ method: 'GET', path: '/shelves/7' })).status).to.equal(200);
  });

  it('sends a POST again only when it carries an idempotency key', async () => {
    const first = nock(baseUrl).post('/shelves').reply(503);
    nock(baseUrl).post('/shelves').reply(201, {});
    make();
    expect(await refusalOf(client.send({ method: 'POST', path: '/shelves', body: {} }))).to.include({
      code: 'service.unavailable',
    });
    expect(first.isDone()).to.equal(true);
    expect(nock.pendingMocks(), 'the second answer was not asked for').to.have.length(1);
    nock.cleanAll();
    nock(baseUrl).post('/shelves').reply(503).post('/shelves').reply(201, {});
    const headers = { 'Idempotency-Key': 'k-1' };
    expect((await client.send({ method: 'POST', path: '/shelves', body: {}, headers })).status).to.equal(201);
  });

  it('does not send again what the server failed on for good', async () => {
    nock(baseUrl).get('/shelves/7').reply(500).get('/shelves/7').reply(200, {});
    expect(await refusalOf(make().send({ method: 'GET', path: '/shelves/7' }))).to.include({
      code: 'service.unavailable',
    });
    expect(nock.pendingMocks()).to.have.length(1);
  });

  it('gives up after its retries and passes on when to come again', async () => {
    nock(baseUrl).get('/shelves/7').times(2).reply(503, {}, { 'retry-after': '7' });
    expect(await refusalOf(make().send({ method: 'GET', path: '/shelves/7' }))).to.include({
      code: 'service.unavailable',
      retryAfterSeconds: 7,
    });
    expect(nock.isDone()).to.equal(true);
  });

  it('stops retrying when the budget is spent', async () => {
    nock(baseUrl).get('/first').times(2).reply(503);
    nock(baseUrl).get('/second').reply(503);
    nock(baseUrl).get('/second').reply(200, {});
    make({ budget: { percent: 0, reservePerSecond: 1, now: () => 0 } });
    await refusalOf(client.send({ method: 'GET', path: '/first' }));
    await refusalOf(client.send({ method: 'GET', path: '/second' }));
    expect(await metrics.metrics()).to.match(/http_client_retries_total\{.*result="over_budget"\} 1/);
  });

  it('refuses an answer that is not the JSON it says it is, and one that is far too large', async () => {
    nock(baseUrl).get('/a').reply(200, '{"id":', { 'content-type': 'application/json' });
    nock(baseUrl).get('/b').reply(200, 'x'.repeat(1_100_000));
    make();
    expect(await refusalOf(client.send({ method: 'GET', path: '/a' }))).to.include({ code: 'service.unavailable' });
    expect(await refusalOf(client.send({ method: 'GET', path: '/b' }))).to.include({ code: 'service.unavailable' });
  });

  it('follows no redirect', async () => {
    const target = nock('http://elsewhere.test').get('/').reply(200, {});
    nock(baseUrl).get('/a').times(2).reply(302, '', { location: 'http://elsewhere.test/' });
    expect(await refusalOf(make().send({ method: 'GET', path: '/a' }))).to.include({ code: 'service.unavailable' });
    expect(target.isDone()).to.equal(false);
  });

  describe('when a server is slow', () => {
    let slow: TestServer;
    let held: ServerResponse[] = [];

    before(async () => {
      slow = await serve((request, response) => {
        held.push(response);
        if (request.url === '/half') response.writeHead(200, { 'content-type': 'application/json' }).write('{"id":');
      });
    });
    afterEach(() => {
      for (const response of held) response.destroy();
      held = [];
    });
    after(() => slow.stop());

    it('gives up on one that does not answer in time', async () => {
      make({ baseUrl: slow.url, timeoutMs: 30, retries: 0 });
      const refusal = await refusalOf(client.send({ method: 'GET', path: '/never' }));
      expect(refusal).to.include({ code: 'service.unavailable', retryAfterSeconds: 1 });
      expect(refusal.cause).to.include({ kind: 'timeout' });
    });

    it('gives up on one that begins to answer and does not end', async () => {
      make({ baseUrl: slow.url, timeoutMs: 100, retries: 0 });
      const refusal = await refusalOf(client.send({ method: 'GET', path: '/half' }));
      expect(refusal.cause).to.include({ kind: 'timeout' });
    });

    it('never outlasts the deadline of the caller', async () => {
      make({ baseUrl: slow.url, timeoutMs: 10_000, retries: 5 });
      const deadlineMs = Date.now() + 500;
      const call = { method: 'GET', path: '/never', deadlineMs } as const;
      expect(await refusalOf(client.send(call))).to.include({ code: 'service.timeout' });
      expect(Date.now()).to.be.within(deadlineMs, deadlineMs + 5_000);
      expect(held, 'no second attempt').to.have.length(1);
      expect(await refusalOf(client.send(call))).to.include({ code: 'service.timeout' });
      expect(held, 'nothing is sent when the time is over').to.have.length(1);
    });
  });

  describe('when a server keeps failing', () => {
    const circuit = { volumeThreshold: 3, resetTimeoutMs: 40 };

    it('stops asking, and asks again after a while', async () => {
      make({ retries: 0, circuit });
      nock(baseUrl).get('/a').times(3).reply(500);
      for (let call = 0; call < 3; call += 1) await refusalOf(client.send({ method: 'GET', path: '/a' }));
      const upstream = nock(baseUrl).get('/a').reply(200, {});
      expect(await refusalOf(client.send({ method: 'GET', path: '/a' }))).to.include({
        code: 'service.unavailable',
        retryAfterSeconds: 1,
      });
      expect(upstream.isDone(), 'the server was left alone').to.equal(false);
      expect(await metrics.metrics()).to.match(/circuit_breaker_state\{server="shelf-service"\} 2/);
      await waitFor('the circuit lets one through', async () => {
        const answers = await client.send({ method: 'GET', path: '/a' }).catch(() => undefined);
        return answers?.status === 200;
      });
      expect(await metrics.metrics()).to.match(/circuit_breaker_state\{server="shelf-service"\} 0/);
    });

    it('does not hold refusals of the caller against the server', async () => {
      make({ retries: 0, circuit });
      nock(baseUrl).get('/a').times(10).reply(422, {});
      for (let call = 0; call < 10; call += 1) {
        expect((await client.send({ method: 'GET', path: '/a' })).status).to.equal(422);
      }
    });
  });
});

async function refusalOf(work: Promise<unknown>): Promise<DomainError> {
  return work.then(
    () => {
      throw new Error('it answered, but a refusal was expected');
    },
    (error: DomainError) => error,
  );
}
