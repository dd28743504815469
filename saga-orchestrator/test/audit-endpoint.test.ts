import { closeDatabases, openDatabases } from '@sagacity/audit/open-databases';
import { type AuditReport, runAudit } from '@sagacity/audit/run-audit';
import { ConfigError } from '@sagacity/chassis/config/config';
import { createHttpApp } from '@sagacity/chassis/http/app';
import { silentLogger } from '@sagacity/chassis/logging/logger';
import { compile } from '@sagacity/chassis/schema/validator';
import { cloneDatabase, type TestDatabase } from '@sagacity/chassis/test-kit/database';
import { serve, type TestServer } from '@sagacity/chassis/test-kit/http';
import { createTestTokens } from '@sagacity/chassis/test-kit/tokens';
import { expect } from 'chai';
import { Registry } from 'prom-client';
import { auditAnswer } from '../src/contract/audit.ts';
import { auditRoutes } from '../src/http/audit-routes.ts';
import { problems } from '../src/http/problems.ts';
import { createAuditShop, type ReadShop } from '../src/use-cases/audit-shop.ts';

describe('the audit over HTTP', () => {
  const tokens = createTestTokens();
  const asAdmin = { token: tokens.issue({ userId: 3, roles: ['admin'] }) };
  const servers: TestServer[] = [];
  let database: TestDatabase;

  beforeEach(async () => {
    database = await cloneDatabase('sagas_db', 'saga_orchestrator');
  });
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.stop();
    await database.drop();
  });

  it('runs when it is asked for, and every instance shows the last report', async () => {
    const [one, other] = [await instance(async () => aReport(['order 7'])), await instance(undefined)];
    expect(await other.call('GET', '/admin/audit', asAdmin)).to.nested.include({
      status: 404,
      'body.code': 'audit.not_run',
    });

    const answer = await one.call('POST', '/admin/audit', asAdmin);

    expect(answer.status).to.equal(200);
    expect(compile(auditAnswer)(answer.body)).to.include({ valid: true });
    expect(answer.body).to.include({ clean: false, requested_by: 'admin 3' });
    expect(answer.body.checks).to.deep.equal([
      { name: 'money.once', claim: 'once', checked: 9, breaches: 1, rows: [{ subject: 'order 7', detail: 'twice' }] },
    ]);
    expect((await other.call('GET', '/admin/audit', asAdmin)).body).to.deep.equal(answer.body);
  });

  it('counts all breaches, but names a hundred', async () => {
    const server = await instance(async () => aReport(Array.from({ length: 250 }, (_none, n) => `order ${n}`)));
    const [check] = (await server.call('POST', '/admin/audit', asAdmin)).body.checks;
    expect(check.breaches).to.equal(250);
    expect(check.rows).to.have.lengthOf(100);
  });

  it('runs once for all who ask while it runs', async () => {
    let runs = 0;
    let finish: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const auditShop = createAuditShop(database.db, async () => {
      runs += 1;
      await held;
      return aReport([]);
    });
    const asked = [auditShop('admin 1'), auditShop('admin 2'), auditShop('admin 3')];
    finish();
    for (const { requested_by } of await Promise.all(asked)) expect(requested_by).to.equal('admin 1');
    expect(runs).to.equal(1);
    await auditShop('admin 4');
    expect(runs).to.equal(2);
  });

  it('keeps the last hundred reports', async () => {
    const server = await instance(async () => aReport([]));
    for (let run = 0; run < 103; run += 1) await server.call('POST', '/admin/audit', asAdmin);
    expect(await database.db('audits').pluck('id'))
      .to.have.lengthOf(100)
      .and.include(103);
  });

  it('says what to set where the databases are not known', async () => {
    const { status, body } = await (await instance(undefined)).call('POST', '/admin/audit', asAdmin);
    expect(status).to.equal(503);
    expect(body.detail).to.contain('AUDIT_DATABASE_URLS');
    expect(() => openDatabases('users_db=postgres://a/b')).to.throw(ConfigError, /no URL for products_db, orders_db/);
  });

  it('names a database that it cannot read, and keeps no report then', async () => {
    const shop = openDatabases(urlsWithoutOrders(database.url));
    const server = await instance(() => runAudit(shop));
    const { status, headers, body } = await server.call('POST', '/admin/audit', asAdmin);
    expect([status, body.code]).to.deep.equal([503, 'audit.database_unreadable']);
    expect(headers.get('retry-after')).to.equal('5');
    expect(body.detail).to.equal('The audit could not read orders_db (3D000).');
    expect(await database.db('audits')).to.deep.equal([]);
    await closeDatabases(shop);
  });

  it('is for admins alone', async () => {
    const server = await instance(async () => aReport([]));
    for (const method of ['GET', 'POST']) {
      expect((await server.call(method, '/admin/audit', { token: tokens.issue() })).status).to.equal(403);
      expect((await server.call(method, '/admin/audit')).status).to.equal(401);
    }
    expect(await database.db('audits')).to.deep.equal([]);
  });

  async function instance(read: ReadShop): Promise<TestServer> {
    const { db } = database;
    const server = await serve(
      createHttpApp({
        logger: silentLogger,
        metrics: new Registry(),
        routes: auditRoutes({ db, auditShop: createAuditShop(db, read) }),
        verifyToken: tokens.verify,
        readiness: {},
        problems,
      }),
    );
    servers.push(server);
    return server;
  }
});

/** The sagas can be read; there is no database of orders. */
function urlsWithoutOrders(url: string): string {
  const gone = new URL(url);
  gone.pathname = '/gone';
  const names = ['users_db', 'products_db', 'orders_db', 'payments_db', 'notifications_db'];
  return [`sagas_db=${url}`, ...names.map((name) => `${name}=${gone.href}`)].join(',');
}

function aReport(subjects: readonly string[]): AuditReport {
  return {
    clean: subjects.length === 0,
    at: new Date().toISOString(),
    durationMs: 12,
    totals: { orders: { confirmed: 9 }, activeSagas: 0, capturedCents: 100, refundedCents: 0 },
    checks: [
      {
        name: 'money.once',
        claim: 'once',
        checked: 9,
        breaches: subjects.map((subject) => ({ subject, detail: 'twice' })),
      },
    ],
  };
}
