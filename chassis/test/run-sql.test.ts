import { expect } from 'chai';
import { runSql } from '../src/db/run-sql.ts';
import { sqlState } from '../src/db/sql-state.ts';
import { inTransaction } from '../src/db/transaction.ts';
import { cloneDatabase, type TestDatabase } from '../test-kit/database.ts';

describe('runSql', () => {
  let database: TestDatabase;
  before(async () => {
    database = await cloneDatabase('orders_db', 'order_service');
    await database.runAsAdmin('CREATE TABLE notes (id integer, text text); GRANT ALL ON notes TO order_service');
  });
  beforeEach(() => database.db('notes').del());
  after(() => database.drop());

  it('puts values in the places of question marks, an array as one', async () => {
    const answer = await runSql<{ id: number }>(
      database.db,
      'SELECT id + ? AS id FROM unnest(?::int[]) AS id WHERE id <> ?',
      [10, [1, 2, 3], 2],
    );
    expect(answer.rows).to.deep.equal([{ id: 11 }, { id: 13 }]);
    expect(answer.rowCount).to.equal(2);
  });

  it('hands over arrays as they are, whatever is in them', async () => {
    const texts = [
      '',
      'NULL',
      'null',
      null,
      ' a ',
      '{a,b}',
      'a,b',
      '"',
      '\\',
      '\\"\\',
      '"\n',
      '\t"',
      'é"ü',
      '"😀',
      '\u2028"',
      '\x7f"',
      `{"a":"\\u0000 \\"b\\""}`,
    ];
    const given = {
      texts,
      numbers: [1, -2.5, null],
      truths: [true, false],
      lists: [
        ['a"', 'b'],
        ['c', 'd,'],
      ],
      none: [],
    };
    const { rows } = await runSql(
      database.db,
      `SELECT :texts::text[] AS texts, :numbers::float8[] AS numbers, :truths::boolean[] AS truths, :lists::text[] AS lists,
         :none::int[] AS none`,
      given,
    );
    expect(rows).to.deep.equal([given]);
  });

  it('writes half a character as the sign for what cannot be read, as pg does', async () => {
    const { rows } = await runSql(database.db, 'SELECT ?::text[] AS texts', [['\ud83d"', 'a\udc00"']]);
    expect(rows).to.deep.equal([{ texts: ['\ufffd"', 'a\ufffd"'] }]);
  });

  it('puts values in the places of their names, as often as they come, and leaves casts alone', async () => {
    const { rows } = await runSql(
      database.db,
      `SELECT :id::int AS id, :id::int + 1 AS next, :text::text AS text, '{"a":1}'::jsonb ? 'a' AS has`,
      { text: 'one?', id: 1, unused: true },
    );
    expect(rows).to.deep.equal([{ id: 1, next: 2, text: 'one?', has: true }]);
  });

  it('tells how many rows were changed', async () => {
    await runSql(database.db, 'INSERT INTO notes SELECT id FROM generate_series(1, ?::int) AS id', [5]);
    expect((await runSql(database.db, 'UPDATE notes SET text = ? WHERE id > ?', ['late', 2])).rowCount).to.equal(3);
  });

  it('refuses a value that is missing, in the list or by its name', async () => {
    const refusal = (values: readonly unknown[] | Record<string, unknown>, sql: string) =>
      runSql(database.db, sql, values).catch((error: Error) => error.message);
    expect(await refusal([1, undefined], 'SELECT ?, ?')).to.contain('missing for: SELECT ?, ?');
    expect(await refusal({ id: 1 }, 'SELECT :id, :name')).to.contain('missing for: SELECT :id, :name');
  });

  it('belongs to the transaction that it is given', async () => {
    const failure = await inTransaction(database.db, async (trx) => {
      await runSql(trx, 'INSERT INTO notes (id) VALUES (?)', [1]);
      throw new Error('changed my mind');
    }).catch((error: Error) => error.message);
    expect(failure).to.equal('changed my mind');
    expect(await database.db('notes')).to.deep.equal([]);
  });

  it('has a transaction fail whose work swallows its error', async () => {
    const failure = await inTransaction(database.db, async (trx) => {
      await runSql(trx, 'SELECT 1 / ?::int', [0]).catch(() => undefined);
    }).catch(sqlState);
    expect(failure).to.equal('22012');
  });

  it('is refused after the end of its transaction', async () => {
    const ended = await inTransaction(database.db, async (trx) => ({ trx }));
    const failure = await runSql(ended.trx, 'SELECT 1').catch((error: Error) => error.message);
    expect(failure).to.contain('ended');
  });

  it('is heard by who listens to the statements of the pool', async () => {
    const heard: string[] = [];
    const note = ({ sql }: { readonly sql: string }) => heard.push(sql);
    database.db.on('query', note);
    await runSql(database.db, 'SELECT ?::int', [1]);
    await inTransaction(database.db, (trx) => runSql(trx, 'SELECT :one::int', { one: 1 }));
    database.db.removeListener('query', note);
    expect(heard).to.deep.equal(['SELECT $1::int', 'SELECT $1::int']);
  });

  it('gives its connection back, also after an error', async () => {
    const { pool } = database.db.client;
    for (let n = 0; n < 20; n += 1) await runSql(database.db, 'SELECT 1 / ?::int', [n % 2]).catch(() => undefined);
    expect(pool.numUsed()).to.equal(0);
  });
});
