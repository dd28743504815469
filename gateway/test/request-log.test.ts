import { createLogger } from '@sagacity/chassis/logging/logger';
import { waitFor } from '@sagacity/chassis/test-kit/wait-for';
import { expect } from 'chai';
import { type FakeService, fakeService, redisDatabase, startGateway, type TestGateway } from './gateway-fixture.ts';

type Line = Readonly<Record<string, unknown>>;

/** All of these are sent with a request; none may be in its line. */
const secrets = {
  authorization: 'Bearer is-a-token',
  cookie: 'session=a-secret-cookie',
  'proxy-authorization': 'Basic a-secret-proxy',
  'idempotency-key': 'a-secret-key',
  'x-api-key': 'a-secret-api-key',
};

describe('the log of the gateway', () => {
  let gateway: TestGateway;
  let service: FakeService;
  let log: CapturedLog;

  before(async () => {
    log = captureLog();
    gateway = await startGateway({}, redisDatabase(11), createLogger({ service: 'gateway', level: 'info' }));
    service = await fakeService((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'set-cookie': 'session=a-secret-answer' });
      response.end('{"access_token":"a-secret-answer"}');
    });
    for (const name of ['user-service', 'order-service', 'product-service'] as const) {
      await gateway.place(name, service.url);
    }
  });
  after(async () => {
    await gateway.stop();
    await service.stop();
    log.end();
  });

  it('has one line for each request: what was asked, what became of it, how long it took, who asked, which instance answered', async () => {
    const token = gateway.tokens.issue({ userId: 17 });
    const line = await lineOf('GET', '/orders/5', { token });

    expect(line).to.include({
      level: 'info',
      service: 'gateway',
      method: 'GET',
      route: '/orders/:order_id',
      path: '/orders/5',
      status: 200,
      user_id: 17,
      upstream: 'order-service',
      instance: service.url,
      attempts: 1,
    });
    expect(line.ts).to.match(/^\d{4}-\d\d-\d\dT/);
    expect(line.duration_ms).to.be.a('number').and.to.be.greaterThan(0);
    expect(line.duration_ms).to.be.at.least(line.upstream_ms as number);
    const passed = service.requests.find(({ url }) => url === '/orders/5')?.headers ?? {};
    expect(line.request_id).to.equal(passed['x-request-id']);
    expect(line.trace_id).to.equal(String(passed.traceparent).split('-')[1]);
  });

  it('has one line for each request that is refused here: unknown, without a token, malformed, gone, too large', async () => {
    const forged = `${gateway.tokens.issue().split('.').slice(0, 2).join('.')}.AAAA`;
    for (const [method, path, status, options] of [
      ['GET', '/nowhere', 404, {}],
      ['GET', '/orders', 401, {}],
      ['GET', '/orders', 401, { token: forged }],
      ['PATCH', '/orders', 405, {}],
      ['GET', '/orders/..%2f5', 400, {}],
      ['GET', '/payments/1', 503, { token: gateway.tokens.issue() }],
      ['POST', '/auth/login', 413, { body: { password: 'x'.repeat(70_000) } }],
    ] as const) {
      const line = await lineOf(method, path, options);
      expect(line, `${method} ${path}`).to.include({ method, path, status });
    }
  });

  it('has nothing of headers, bodies, cookies and queries', async () => {
    const token = gateway.tokens.issue({ userId: 17 });
    await lineOf('POST', '/auth/login?password=a-secret-query', {
      body: { email: 'a-secret@example.test', password: 'a-secret-password' },
      headers: secrets,
    });
    await lineOf('GET', '/orders?token=a-secret-query', { token });
    await lineOf('GET', '/orders', { token: `${token}a-secret-end` });

    const text = log.text();
    expect(text).to.contain('/auth/login');
    expect(text).not.to.match(/a-secret|is-a-token|example\.test/);
    expect(text).not.to.contain(token);
  });

  /** Calls the gateway and returns the line of the log; fails when there is another one. */
  async function lineOf(method: string, path: string, options: Parameters<TestGateway['server']['call']>[2]) {
    const { headers } = await gateway.server.call(method, path, options);
    const id = headers.get('x-request-id');
    const linesOf = () => log.lines().filter(({ request_id, message }) => request_id === id && message === 'request');
    await waitFor('the request is logged', () => linesOf().length > 0);
    // Whatever else was said of it would have been said before the next request's line.
    await nextRequestIsLogged();
    const lines = linesOf();
    expect(lines, `${method} ${path}`).to.have.lengthOf(1);
    return lines[0] as Line;
  }

  async function nextRequestIsLogged(): Promise<void> {
    const { headers } = await gateway.server.call('GET', '/products');
    const id = headers.get('x-request-id');
    await waitFor('the next request is logged', () => log.lines().some(({ request_id }) => request_id === id));
  }
});

interface CapturedLog {
  text(): string;
  lines(): readonly Line[];
  end(): void;
}

/** What is written to standard output until the end: lines of the log, and of the test's report, which go on to where they belong. */
function captureLog(): CapturedLog {
  const written: string[] = [];
  const write = process.stdout.write;
  process.stdout.write = ((text: string, ...rest: []) => {
    if (!text.startsWith('{"')) return write.call(process.stdout, text, ...rest);
    return written.push(text) > 0;
  }) as typeof process.stdout.write;
  return {
    text: () => written.join(''),
    lines: () => written.map((line) => JSON.parse(line) as Line),
    end: () => {
      process.stdout.write = write;
    },
  };
}
