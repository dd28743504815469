import { expect } from 'chai';
import { allEnded } from '../src/db/all-ended.ts';
import { beginStatement } from '../src/db/begin-with.ts';
import { createDatabase, type Db, type Trx } from '../src/db/database.ts';
import type { PreparingConnection } from '../src/db/prepared-statements.ts';
import { readStatement, runSql } from '../src/db/run-sql.ts';
import { sqlState } from '../src/db/sql-state.ts';
import { afterCommit, inTransaction, withCommit } from '../src/db/transaction.ts';
import { cloneDatabase, type TestDatabase } from '../test-kit/database.ts';

describe('the round trips of a transaction', () => {
  let database: TestDatabase;
  let db: Db;
  before(async () => {
    database = await cloneDatabase('orders_db', 'order_service');
    await database.runAsAdmin('CREATE TABLE things (id int primary key); ALTER TABLE things OWNER TO order_service');
  });
  beforeEach(async () => {
    await database.db.raw('TRUNCATE things');
    db = createDatabase({ url: database.url, applicationName: 'test', poolMax: 1 });
    // From its second transaction on a connection has BEGIN prepared.
    await inTransaction(db, select);
  });
  afterEach(() => db.destroy());
  after(() => database.drop());

  it('send what changes nothing along with the first statement, and a change when the transaction has begun', async () => {
    const told = await listenTo(db);
    await inTransaction(db, (trx) => allEnded([insert(trx, 1), select(trx), insert(trx, 2)]));
    expect(told.slice(0, 3)).to.deep.equal(['asked INSERT 1', 'asked SELECT', 'answered INSERT 1']);
    expect(await ids()).to.deep.equal([1, 2]);
  });

  it('change nothing when the transaction could not begin', async () => {
    await db.raw(`DEALLOCATE ${beginStatement}`);
    const ended = await inTransaction(db, (trx) =>
      allEnded([insert(trx, 1), select(trx), insert(trx, 2)].map((work) => work.catch(sqlState))),
    ).catch((error: Error) => error.message);
    expect(ended).to.contain('does not exist');
    expect(await ids()).to.deep.equal([]);
  });

  it('send the last statements together with COMMIT, after all other work', async () => {
    const told = await listenTo(db);
    await inTransaction(db, async (trx) => {
      insertWithCommit(trx, 2);
      insertWithCommit(trx, 3);
      await insert(trx, 1);
    });
    expect(told).to.deep.equal([
      'asked INSERT 1',
      'answered INSERT 1',
      'asked INSERT 2',
      'asked INSERT 3',
      'asked COMMIT',
      'answered INSERT 2',
      'answered INSERT 3',
      'answered COMMIT',
    ]);
    expect(await ids()).to.deep.equal([1, 2, 3]);
  });

  it('undo everything when one of the last statements fails, and tell why', async () => {
    let after = 0;
    const failure = await inTransaction(db, async (trx) => {
      afterCommit(trx, () => {
        after += 1;
      });
      for (const id of [2, 1, 3]) insertWithCommit(trx, id);
      await insert(trx, 1);
    }).catch(sqlState);
    expect([failure, after, await ids()]).to.deep.equal(['23505', 0, []]);
  });

  it('tell of the error that the work swallowed, not of what became of the last statements because of it', async () => {
    const failure = await inTransaction(db, async (trx) => {
      insertWithCommit(trx, 1);
      await trx.raw('SELECT 1 / 0').catch(() => undefined);
    }).catch(sqlState);
    expect([failure, await ids()]).to.deep.equal(['22012', []]);
  });

  it('begin with the first of the last statements where nothing was asked before', async () => {
    await inTransaction(db, async (trx) => {
      for (const id of [1, 2]) insertWithCommit(trx, id);
    });
    expect(await ids()).to.deep.equal([1, 2]);
    const failure = await inTransaction(db, async (trx) => {
      for (const id of [1, 3]) insertWithCommit(trx, id);
    }).catch(sqlState);
    await inTransaction(db, (trx) => insert(trx, 4));
    expect([failure, await ids()]).to.deep.equal(['23505', [1, 2, 4]]);
  });

  async function ids(): Promise<readonly number[]> {
    const rows: { id: number }[] = await database.db('things').orderBy('id');
    return rows.map(({ id }) => id);
  }
});

async function select(trx: Trx): Promise<void> {
  await runSql(trx, 'SELECT ?::int', [0]);
}

async function insert(trx: Trx, id: number): Promise<void> {
  await runSql(trx, 'INSERT INTO things VALUES (?)', [id]);
}

function insertWithCommit(trx: Trx, id: number): void {
  withCommit(trx, () => [readStatement('INSERT INTO things VALUES (?)', [id])]);
}

/** What is asked on the only connection of a pool, and when it is answered. */
async function listenTo(db: Db): Promise<readonly string[]> {
  const told: string[] = [];
  const connection: PreparingConnection = await db.client.acquireConnection();
  const query = connection.query.bind(connection);
  connection.query = (config, done) => {
    const [command] = config.text.split(' ');
    const name = command === 'INSERT' ? `INSERT ${config.values?.[0]}` : command;
    told.push(`asked ${name}`);
    return query(config, (error, result) => {
      told.push(`answered ${name}`);
      done(error, result);
    });
  };
  db.client.releaseConnection(connection);
  return told;
}
