import { expect } from 'chai';
import { beginStatement } from '../src/db/begin-with.ts';
import { createDatabase, type Trx } from '../src/db/database.ts';
import { sqlState } from '../src/db/sql-state.ts';
import { afterCommit, beforeCommit, databaseOf, inTransaction } from '../src/db/transaction.ts';
import { cloneDatabase, type TestDatabase } from '../test-kit/database.ts';
import { waitFor } from '../test-kit/wait-for.ts';

describe('transaction', () => {
  let database: TestDatabase;
  before(async () => {
    database = await cloneDatabase('orders_db', 'order_service');
    await database.runAsAdmin('CREATE TABLE things (id int primary key); ALTER TABLE things OWNER TO order_service');
  });
  beforeEach(() => database.db.raw('TRUNCATE things'));
  after(() => database.drop());

  it('commits what the work did and returns its value', async () => {
    const value = await inTransaction(database.db, async (trx) => {
      await trx('things').insert({ id: 1 });
      expect(databaseOf(trx)).to.equal(database.db);
      return 'value';
    });
    expect(value).to.equal('value');
    expect(await ids()).to.deep.equal([1]);
  });

  it('fails when the work swallows an error of the database, since PostgreSQL would then roll back without a word', async () => {
    const failure = await inTransaction(database.db, async (trx) => {
      await trx('things').insert({ id: 1 });
      await trx.raw('SELECT 1 / 0').catch(() => undefined);
    }).catch(sqlState);
    expect(failure).to.equal('22012');
    expect(await ids()).to.deep.equal([]);
  });

  it('commits when a savepoint took the error back', async () => {
    await inTransaction(database.db, async (trx) => {
      await trx('things').insert({ id: 1 });
      await trx.transaction(async (nested) => void (await nested.raw('SELECT 1 / 0'))).catch(() => undefined);
    });
    expect(await ids()).to.deep.equal([1]);
  });

  it('refuses statements that come after its end, so that they cannot get into the next one on the connection', async () => {
    const db = createDatabase({ url: database.url, applicationName: 'test', poolMax: 1 });
    const late = await inTransaction(db, async (trx) => {
      await trx('things').insert({ id: 1 });
      return { trx, insert: trx('things').insert({ id: 2 }) };
    });
    await inTransaction(db, async () => {
      expect(() => late.trx('things')).to.throw('ended');
      expect(() => late.trx.raw('SELECT 1')).to.throw('ended');
    });
    const failure = await Promise.resolve(late.insert).catch((error: Error) => error.message);
    expect(failure).to.contain('ended');
    expect(await ids()).to.deep.equal([1]);
    await db.destroy();
  });

  it('begins with its first statement: those that are asked at once with it wait, and keep their order', async () => {
    const db = createDatabase({ url: database.url, applicationName: 'test', poolMax: 1 });
    for (let turn = 1; turn <= 3; turn += 1) {
      const turns = await inTransaction(db, (trx) =>
        Promise.all(
          [1, 2, 3].map(async (n) => {
            const { rows } = await trx.raw(
              `INSERT INTO things VALUES (?)
               RETURNING pg_current_xact_id()::text AS xid, (SELECT count(*)::int FROM things) AS before`,
              [turn * 10 + n],
            );
            return rows[0];
          }),
        ),
      );
      expect(new Set(turns.map(({ xid }) => xid)).size).to.equal(1);
      expect(turns.map(({ before }) => before)).to.deep.equal([0, 1, 2].map((n) => (turn - 1) * 3 + n));
    }
    await db.destroy();
  });

  it('does nothing when it cannot begin: outside of a transaction a statement would be committed at once', async () => {
    const db = createDatabase({ url: database.url, applicationName: 'test', poolMax: 1 });
    await inTransaction(db, async (trx) => void (await trx('things').insert({ id: 1 })));
    await db.raw(`DEALLOCATE ${beginStatement}`);
    const failures: string[] = [];
    const failure = await inTransaction(db, async (trx) => {
      const insert = async (id: number) => void (await trx('things').insert({ id }));
      const note = (error: Error) => void failures.push(error.message);
      await Promise.all([insert(2).catch(note), insert(3).catch(note)]);
      await insert(4);
    }).catch((error: Error) => error.message);
    expect([...failures, failure]).to.have.length(3);
    expect(failures[0]).to.contain('does not exist');
    expect([failures[1], failure].join()).to.contain('could not begin');
    expect(await ids()).to.deep.equal([1]);

    await inTransaction(db, async (trx) => void (await trx('things').insert({ id: 5 })));
    expect(await ids()).to.deep.equal([1, 5]);
    await db.destroy();
  });

  it('takes its first statement back, too, when that is still under way as the work fails', async () => {
    const { db, holder, failure, hasFailed } = await failDuringFirstStatement();
    const next = failure.then(() => inTransaction(db, async (trx) => void (await trx('things').insert({ id: 3 }))));
    await hasFailed;
    await holder.rollback();
    expect(await failure).to.equal('the work');
    await next;
    expect(await ids()).to.deep.equal([1, 3]);
    await db.destroy();
  });

  it('does not wait for ever for that statement: after a while the connection is given up', async () => {
    const { db, holder, failure } = await failDuringFirstStatement();
    expect(await failure).to.equal('the work');
    expect(await waitsForLock()).to.equal(true);
    const next = inTransaction(db, async (trx) => void (await trx('things').insert({ id: 3 })));
    await holder.rollback();
    await next;
    expect(await ids()).to.deep.equal([1, 3]);
    await db.destroy();
  });

  it('leaves its end to the caller: the work can neither commit nor roll back', async () => {
    const attempt = (end: 'commit' | 'rollback') => inTransaction(database.db, async (trx) => void (await trx[end]()));
    for (const end of ['commit', 'rollback'] as const) {
      expect(await attempt(end).catch((error: Error) => error.message)).to.contain(end);
    }
  });

  it('gives a connection up whose rollback fails, and throws what the work threw', async () => {
    const db = createDatabase({ url: database.url, applicationName: 'test', poolMax: 1 });
    const pids: number[] = [];
    const pid = async (trx: Trx) =>
      (await trx.raw<{ rows: [{ pid: number }] }>('SELECT pg_backend_pid() AS pid')).rows[0].pid;
    const failure = await inTransaction(db, async (trx) => {
      pids.push(await pid(trx));
      await database.runAsAdmin(`SELECT pg_terminate_backend(${pids[0]})`);
      throw new Error('the work');
    }).catch((error: Error) => error.message);
    expect(failure).to.equal('the work');
    pids.push(await inTransaction(db, pid));
    expect(pids[1]).not.to.equal(pids[0]);
    await db.destroy();
  });

  it('runs hooks inside it before the commit, those that hooks add included, and others only after it', async () => {
    const seen: string[] = [];
    await inTransaction(database.db, async (trx) => {
      beforeCommit(trx, async () => {
        seen.push('before');
        beforeCommit(trx, async (inner) => {
          await inner('things').insert({ id: 2 });
          seen.push('before, added late');
        });
      });
      afterCommit(trx, () => seen.push('after'));
      seen.push('work');
    });
    expect(seen).to.deep.equal(['work', 'before', 'before, added late', 'after']);
    expect(await ids()).to.deep.equal([2]);
  });

  it('rolls back, and runs nothing after it, when a hook before the commit fails', async () => {
    let after = 0;
    const failure = await inTransaction(database.db, async (trx) => {
      await trx('things').insert({ id: 1 });
      afterCommit(trx, () => {
        after += 1;
      });
      beforeCommit(trx, async () => {
        throw new Error('no');
      });
    }).catch((error: Error) => error.message);
    expect([failure, after, await ids()]).to.deep.equal(['no', 0, []]);
  });

  it('runs the hooks that are there side by side, and waits for all of them when one fails', async () => {
    let ended = false;
    const failure = await inTransaction(database.db, async (trx) => {
      beforeCommit(trx, async () => {
        throw new Error('no');
      });
      beforeCommit(trx, async (inner) => {
        await inner('things').insert({ id: 1 });
        await inner('things').insert({ id: 2 });
        ended = true;
      });
    }).catch((error: Error) => error.message);
    expect([failure, ended, await ids()]).to.deep.equal(['no', true, []]);
  });

  it('S8: runs the work again after a serialization failure, at most as often as it is told', async () => {
    const runs = async (attempts?: number) => {
      let count = 0;
      const failing = inTransaction(
        database.db,
        async (trx) => {
          count += 1;
          await trx.raw(`DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END $$`);
        },
        attempts === undefined ? {} : { attempts },
      );
      expect(await failing.catch(sqlState)).to.equal('40001');
      return count;
    };
    expect([await runs(), await runs(1)]).to.deep.equal([3, 1]);
  });

  /** A transaction over a pool of one connection, whose work fails while its first statement waits for the holder's lock. */
  async function failDuringFirstStatement() {
    const db = createDatabase({ url: database.url, applicationName: 'test', poolMax: 1 });
    await inTransaction(db, async (trx) => void (await trx('things').insert({ id: 1 })));
    const holder = await database.db.transaction();
    await holder.raw('LOCK TABLE things');
    const { promise: hasFailed, resolve: fails } = Promise.withResolvers<void>();
    const failure = inTransaction(db, async (trx) => {
      trx.raw('INSERT INTO things VALUES (2)').catch(() => undefined);
      await waitFor('a statement waits for a lock', waitsForLock);
      fails();
      throw new Error('the work');
    }).catch((error: Error) => error.message);
    return { db, holder, failure, hasFailed };
  }

  async function waitsForLock(): Promise<boolean> {
    const { rows } = await database.db.raw(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return rows.length > 0;
  }

  function ids(): Promise<number[]> {
    return database.db('things').orderBy('id').pluck('id');
  }
});
