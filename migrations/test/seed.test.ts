import { cloneDatabase, type TestDatabase } from '@sagacity/chassis/test-kit/database';
import { expect } from 'chai';
import { seedCatalogue } from '../src/seed.ts';

describe('demo catalogue', () => {
  let database: TestDatabase;
  before(async () => {
    database = await cloneDatabase('products_db', 'product_service');
  });
  after(() => database.drop());

  it('is added once, also when several add it at the same time, with its stock in the ledger', async () => {
    const added = await Promise.all([1, 2, 3].map(() => seedCatalogue(database.url)));
    expect(added.sort((a, b) => a - b)).to.deep.equal([0, 0, 360]);
    const { rows } = await database.db.raw(`
      SELECT count(*)::int AS products, count(DISTINCT category_id)::int AS categories,
        count(*) FILTER (WHERE m.on_hand_delta = p.stock_quantity)::int AS in_ledger
      FROM products p LEFT JOIN stock_movements m ON m.product_id = p.id`);
    expect(rows[0]).to.deep.equal({ products: 360, categories: 12, in_ledger: 360 });
  });
});
