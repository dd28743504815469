import { AsyncLocalStorage } from 'node:async_hooks';
import { expect } from 'chai';
import type { Trx } from '../src/db/database.ts';
import { type Commit, groupCommit } from '../src/db/group-commit.ts';
import { sqlState } from '../src/db/sql-state.ts';
import { cloneDatabase, type TestDatabase } from '../test-kit/database.ts';
import { waitFor } from '../test-kit/wait-for.ts';

describe('group commit', () => {
  let database: TestDatabase;
  let commit: Commit;
  before(async () => {
    database = await cloneDatabase('orders_db', 'order_service');
    await database.runAsAdmin('CREATE TABLE things (id int primary key); ALTER TABLE things OWNER TO order_service');
    commit = groupCommit(database.db);
  });
  beforeEach(() => database.db.raw('TRUNCATE things'));
  after(() => database.drop());

  const add = (id: number) => async (trx: Trx) => {
    const { rows } = await trx.raw('INSERT INTO things VALUES (?) RETURNING id, xmin::text', [id]);
    return rows[0] as { id: number; xmin: string };
  };

  it('commits in one transaction what is asked for at once, and gives each its own result', async () => {
    const added = await Promise.all([1, 2, 3].map((id) => commit(add(id))));

    expect(added.map(({ id }) => id)).to.deep.equal([1, 2, 3]);
    expect(new Set(added.map(({ xmin }) => xmin)).size).to.equal(1);
    expect(await ids()).to.deep.equal([1, 2, 3]);
  });

  it('lets what fails fail alone', async () => {
    await commit(add(2));

    const outcomes = await Promise.allSettled([1, 2, 3].map((id) => commit(add(id))));

    expect(outcomes.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected', 'fulfilled']);
    expect(sqlState((outcomes[1] as PromiseRejectedResult).reason)).to.equal('23505');
    expect(await ids()).to.deep.equal([1, 2, 3]);
  });

  it('runs each in the asynchronous context of who asked for it', async () => {
    const request = new AsyncLocalStorage<string>();
    const ask = (name: string, id: number) =>
      request.run(name, () =>
        commit(async (trx) => {
          await add(id)(trx);
          return request.getStore();
        }),
      );

    expect(await Promise.all([ask('a', 1), ask('b', 2)])).to.deep.equal(['a', 'b']);
  });

  it('commits although an earlier transaction waits for somebody', async () => {
    const holder = await database.db.transaction();
    await holder.raw('INSERT INTO things VALUES (1)');
    const stuck = commit(add(1)).catch(sqlState);
    await waitFor('it waits', async () => {
      const { rows } = await database.db.raw('SELECT FROM pg_locks WHERE NOT granted');
      return rows.length > 0;
    });

    await commit(add(2));

    await holder.commit();
    expect(await stuck).to.equal('23505');
    expect(await ids()).to.deep.equal([1, 2]);
  });

  async function ids(): Promise<number[]> {
    return database.db('things').orderBy('id').pluck('id');
  }
});
