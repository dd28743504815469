import { expect } from 'chai';
import { allEnded } from '../src/db/all-ended.ts';
import { createDatabase, databasePart, ping, type Trx } from '../src/db/database.ts';
import { plannedAsFew } from '../src/db/prepared-statements.ts';
import { inTransaction } from '../src/db/transaction.ts';
import { silentLogger } from '../src/logging/logger.ts';
import { cloneDatabase, type TestDatabase } from '../test-kit/database.ts';
import { waitFor } from '../test-kit/wait-for.ts';

describe('database', () => {
  let database: TestDatabase;
  before(async () => {
    database = await cloneDatabase('orders_db', 'order_service');
  });
  after(() => database.drop());

  it('reads TIMESTAMP columns as UTC, BIGINT as numbers and DECIMAL as text', async () => {
    const { rows } = await database.db.raw(
      `SELECT '2026-03-29 02:30:00'::timestamp AS at, 9007199254740991::bigint AS big, 12.30::numeric(10,2) AS price,
         current_setting('TimeZone') AS zone`,
    );
    expect(rows[0].at.toISOString()).to.equal('2026-03-29T02:30:00.000Z');
    expect(rows[0]).to.include({ big: 9_007_199_254_740_991, price: '12.30', zone: 'UTC' });
  });

  it('refuses a BIGINT that a number cannot hold', async () => {
    const failure = await database.db.raw('SELECT 9007199254740993::bigint').catch((error: Error) => error);
    expect(failure).to.be.instanceOf(RangeError);
  });

  it('has statements that take too long cancelled by the server', async () => {
    const db = createDatabase({ url: database.url, applicationName: 'test', poolMax: 1, statementTimeoutMs: 50 });
    const code = await db.raw('SELECT pg_sleep(10)').catch((error: { code: string }) => error.code);
    expect(code).to.equal('57014');
    await db.destroy();
  });

  it('prepares statements that come again, and prepares them anew when their table changes', async () => {
    const db = createDatabase({ url: database.url, applicationName: 'test', poolMax: 1 });
    await database.runAsAdmin('CREATE TABLE changing AS SELECT 1 AS one; GRANT SELECT ON changing TO order_service');
    const read = () =>
      inTransaction(db, async (trx) => (await trx.raw('SELECT * FROM changing WHERE one = ?', [1])).rows);
    expect([await read(), await read(), await read()].flat()).to.deep.equal([{ one: 1 }, { one: 1 }, { one: 1 }]);
    const { rows } = await db.raw(`SELECT statement FROM pg_prepared_statements WHERE statement LIKE '%changing%'`);
    expect(rows).to.deep.equal([{ statement: 'SELECT * FROM changing WHERE one = $1' }]);

    await database.runAsAdmin('ALTER TABLE changing ADD COLUMN two integer');

    expect(await read()).to.deep.equal([{ one: 1, two: null }]);
    await db.destroy();
  });

  it('sends statements that are asked side by side in one write', async () => {
    const db = createDatabase({ url: database.url, applicationName: 'test', poolMax: 1 });
    const client = await db.client.acquireConnection();
    const { stream } = client.connection;
    const writes: number[] = [];
    for (const write of ['_write', '_writev'] as const) {
      const original = stream[write].bind(stream);
      stream[write] = (...args: unknown[]) => {
        writes.push(writes.length);
        return original(...args);
      };
    }
    db.client.releaseConnection(client);

    await inTransaction(db, async (trx) => {
      await trx.raw('SELECT 1');
      writes.splice(0);
      await allEnded([trx.raw('SELECT ?::int', [2]), trx.raw('SELECT 3'), trx.raw('SELECT ?::int', [4])]);
      expect(writes).to.have.length(1);
    });
    await db.destroy();
  });

  it('looks a few records up by a plan that it keeps, though that was made while the table was small', async () => {
    const db = createDatabase({ url: database.url, applicationName: 'test', poolMax: 1 });
    // The wider a row, the fewer of them PostgreSQL expects in a table that it does not know yet.
    await database.runAsAdmin(
      `CREATE TABLE growing (id int PRIMARY KEY, n int, a text, b text, c text, d text, e text, f text)
         WITH (autovacuum_enabled = off);
       GRANT ALL ON growing TO order_service`,
    );
    const update = (trx: Trx) =>
      trx.raw(
        `UPDATE growing AS g SET n = given.n
         FROM (SELECT * FROM json_to_recordset(?::json) AS r(id int, n int) ${plannedAsFew}) AS given WHERE g.id = given.id`,
        [JSON.stringify([{ id: 1, n: 2 }])],
      );
    // The first has no name yet, and of the named ones PostgreSQL plans five anew before it keeps a plan.
    for (let time = 1; time <= 7; time += 1) await inTransaction(db, update);
    await db.raw('INSERT INTO growing SELECT id, 0 FROM generate_series(1, 20000) AS id');

    const scans = async (trx: Trx) => {
      const { rows } = await trx.raw(
        'SELECT seq_scan::int, idx_scan::int FROM pg_stat_xact_user_tables WHERE relname = ?',
        ['growing'],
      );
      return rows[0];
    };
    const [before, after] = await inTransaction(db, async (trx) => {
      const known = await scans(trx);
      await update(trx);
      return [known, await scans(trx)];
    });

    expect([after.seq_scan - before.seq_scan, after.idx_scan - before.idx_scan]).to.deep.equal([0, 1]);
    const { rows } = await db.raw(
      `SELECT generic_plans > 0 AS kept FROM pg_prepared_statements WHERE statement LIKE 'UPDATE growing%'`,
    );
    expect(rows).to.deep.equal([{ kept: true }]);
    await db.destroy();
  });

  it('does what is asked at once in the order of asking, each statement seeing what was committed before it', async () => {
    await database.runAsAdmin('CREATE TABLE turns AS SELECT 1 AS turn; GRANT ALL ON turns TO order_service');
    const holder = await database.db.transaction();
    await holder.raw('UPDATE turns SET turn = 2');
    const both = inTransaction(database.db, (trx) =>
      allEnded([trx.raw('SELECT turn FROM turns FOR UPDATE'), trx.raw('SELECT turn FROM turns')]),
    );
    await waitFor('the first waits for the lock', async () => {
      const { rows } = await database.db.raw(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      return rows.length > 0;
    });
    await holder.commit();
    expect((await both).map(({ rows }) => rows)).to.deep.equal([[{ turn: 2 }], [{ turn: 2 }]]);
  });

  it('waits for a server that is not there, and stops waiting when it is told to', async () => {
    const db = createDatabase({ url: 'postgres://nobody@127.0.0.1:9/none', applicationName: 'test', poolMax: 1 });
    let told: () => void = () => undefined;
    const failed = new Promise<void>((resolve) => {
      told = resolve;
    });
    const part = databasePart(db, { ...silentLogger, warn: () => told() });
    const started = part.start().catch((error: Error) => error.name);
    await failed;
    await part.stop();
    expect(await started).to.equal('AbortError');
  });

  it('answers a ping', async () => {
    await ping(database.db);
  });
});
