import type { Db } from '@sagacity/chassis/db/database';
import { cloneDatabase, type TestDatabase } from '@sagacity/chassis/test-kit/database';
import { expect } from 'chai';
import { newestMatches } from '../src/queries/newest-matches.ts';
import { conditionsOf } from '../src/queries/product-filters.ts';
import { searchProducts } from '../src/queries/search-products.ts';

const products = 40_000;
const plans = ['enable_bitmapscan', 'enable_indexscan', 'enable_seqscan', 'enable_sort'];

describe('the newest matches of a search', () => {
  let database: TestDatabase;
  before(async () => {
    database = await cloneDatabase('products_db', 'product_service');
    // Words of all frequencies, one that only the oldest products have, ids that are missing, and rows that do not lie in the order of ids.
    await database.db.raw(`
      INSERT INTO categories (name) VALUES ('Light'), ('Dark');
      INSERT INTO products (name, price, sku, stock_quantity, category_id)
      SELECT 'every' || CASE WHEN n % 3 = 0 THEN ' third' ELSE '' END || CASE WHEN n % 40 = 0 THEN ' fortieth' ELSE '' END
        || CASE WHEN n % 5000 = 0 THEN ' rare' ELSE '' END || CASE WHEN n < 20000 THEN ' old' ELSE '' END,
        n % 300, 'S' || n, n % 7, n % 2 + 1
      FROM generate_series(1, ${products}) AS n ORDER BY hashint4(n);
      UPDATE products SET is_active = false WHERE id % 11 = 0;
      UPDATE products SET description = 'moved' WHERE id % 13 = 0;
      ANALYZE products`);
  });
  after(() => database.drop());

  it('are the matches with the largest ids, whatever the plan, the word, the filters and the bound', async () => {
    const filters = [{}, { category_id: 1 }, { in_stock: false }, { category_id: 2, min_price: 10, max_price: 12 }];
    for (const match of ['every', 'third', 'fortieth', 'rare', 'old', 'nothing', '!third', 'every & !old', 'th:*'])
      for (const filter of filters)
        for (const most of [3, 700, 5_000])
          for (const reach of [
            { upTo: products, downTo: 1 },
            { upTo: 33_333, downTo: 12_345 },
          ]) {
            const expected = await byOneQuery({ match, filter, most, ...reach });
            const plan = plans[(match.length + most) % plans.length] ?? '';
            const conditions = conditionsOf({ ...filter, category_id: undefined });
            const wanted = { match, conditions, categoryId: filter.category_id, most, ...reach };
            const found = await withoutPlan(plan, (db) => newestMatches(db, wanted));
            expect(found, JSON.stringify({ match, filter, most, reach, plan })).to.deep.equal(expected);
          }
  });

  it('are what is ranked and counted when more match than the bound, and says so', async () => {
    const answer = await searchProducts(database.db, { q: 'third', limit: 100 }, 50);
    const newest = await byOneQuery({ match: 'third', filter: {}, most: 50, upTo: products, downTo: 1 });
    expect(answer.items.map(({ id }) => id).sort((a, b) => b - a)).to.deep.equal(newest);
    expect([answer.total, answer.total_is_exact, answer.pages]).to.deep.equal([50, false, 1]);
    const counted = answer.facets.categories.reduce((sum, { count }) => sum + count, 0);
    expect(counted).to.equal(50);
    const all = await searchProducts(database.db, { q: 'rare', limit: 100 }, 50);
    expect([all.total, all.total_is_exact]).to.deep.equal([8, true]);
  });

  it('stay the same from page to page by cursor, none twice and none lost, while newer ones are added', async () => {
    const newest = await byOneQuery({ match: 'fortieth', filter: {}, most: 50, upTo: products, downTo: 1 });
    const seen: number[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < 20 && cursor !== ''; page += 1) {
      const query = { q: 'fortieth', limit: 7, ...(cursor === undefined ? {} : { cursor }) };
      const answer = await searchProducts(database.db, query, 50);
      seen.push(...answer.items.map(({ id }) => id));
      cursor = answer.next_cursor ?? '';
      await database.db.raw(
        `
        INSERT INTO products (name, price, sku) SELECT 'fortieth', 1, 'N' || ? || '-' || n FROM generate_series(1, 5) AS n`,
        [page],
      );
    }
    expect([...seen].sort((a, b) => b - a)).to.deep.equal(newest);
  });

  it('are those of whole words where these are more than the bound, otherwise of beginnings, too', async () => {
    await database.db.raw(
      "INSERT INTO products (name, price, sku) VALUES ('thirdhand', 1, 'T1'), ('rarebit', 1, 'T2')",
    );
    const namesOf = async (q: string) =>
      (await searchProducts(database.db, { q, limit: 100 }, 50)).items.map(({ name }) => name);
    expect(await namesOf('third'))
      .to.have.lengthOf(50)
      .and.not.include('thirdhand');
    expect(await namesOf('thirdh')).to.deep.equal(['thirdhand']);
    expect(await namesOf('rare'))
      .to.have.lengthOf(9)
      .and.include('rarebit');
  });

  it('bound no other sort than that by rank: that goes over all', async () => {
    for (const [q, most] of [
      ['third', 50],
      ['rare', 50],
    ] as const) {
      const query = { q, limit: 30, sort: '-price', min_price: 5 } as const;
      const first = await searchProducts(database.db, query, most);
      const second = await searchProducts(database.db, { ...query, cursor: first.next_cursor ?? undefined }, most);
      const found = [...first.items, ...(first.next_cursor === null ? [] : second.items)].map(({ id }) => id);
      const expected = await database
        .db('products')
        .whereRaw('is_active AND price >= 5 AND search @@ ?::tsquery', [q === 'rare' ? 'rare:*' : q])
        .orderByRaw('price DESC, id DESC')
        .limit(60)
        .pluck('id');
      expect(found, q).to.deep.equal(expected);
    }
  });

  async function byOneQuery(wanted: { match: string; filter: object; most: number; upTo: number; downTo: number }) {
    const { match, filter, most, upTo, downTo } = wanted;
    const query = database.db('products').whereRaw('search @@ ?::tsquery', [match]).whereBetween('id', [downTo, upTo]);
    for (const { sql, values } of conditionsOf(filter)) query.whereRaw(sql.replaceAll('p.', ''), values as never);
    return (await query.orderBy('id', 'desc').limit(most).pluck('id')) as number[];
  }

  function withoutPlan<T>(setting: string, work: (db: Db) => Promise<T>): Promise<T> {
    return database.db.transaction(async (trx) => {
      await trx.raw(`SET LOCAL ${setting} = off`);
      return work(trx);
    });
  }
});
