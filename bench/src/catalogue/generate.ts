import pg from 'pg';
import { generatedRows, generatedValues, prepareRows } from './generated-rows.ts';

const perStatement = 10_000;
const sessions = 2;

/** Fills products_db up to that many products, the same at each call, and leaves it indexed and analysed. Connects as the superuser. */
export async function generateProducts(adminUrl: string, count: number, say: (line: string) => void): Promise<void> {
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  try {
    await prepareRows(admin);
    const { rows } = await admin.query<{ last: number }>('SELECT coalesce(max(id), 0) AS last FROM products');
    const indexes = await dropIndexes(admin);
    await insertAll(adminUrl, (rows[0]?.last ?? 0) + 1, count);
    say(`${count.toLocaleString('en-US')} products are there; building indexes`);
    await admin.query("SET maintenance_work_mem = '512MB'");
    for (const definition of indexes) await admin.query(definition);
    await admin.query("SELECT setval('products_id_seq', (SELECT max(id) FROM products))");
    await admin.query('VACUUM ANALYZE products, product_sales, categories, search_words');
    await admin.query('CHECKPOINT');
  } finally {
    await admin.end();
  }
}

/** Indexes that are built when all rows are there are built once; those of constraints stay. Returns how to make them. */
async function dropIndexes(admin: pg.Client): Promise<string[]> {
  const { rows } = await admin.query<{ name: string; definition: string }>(`
    SELECT indexname AS name, indexdef AS definition FROM pg_indexes
    WHERE tablename IN ('products', 'product_sales') AND indexdef NOT LIKE '%UNIQUE%'`);
  for (const { name } of rows) await admin.query(`DROP INDEX ${name}`);
  return rows.map(({ definition }) => definition);
}

async function insertAll(adminUrl: string, first: number, last: number): Promise<void> {
  let next = first;
  const work = async () => {
    const client = new pg.Client({ connectionString: adminUrl });
    await client.connect();
    try {
      // What triggers do for each statement, this one does itself.
      await client.query("SET session_replication_role = 'replica'; SET synchronous_commit = off");
      for (let from = next; from <= last; from = next) {
        next = from + perStatement;
        await client.query(insertion, generatedValues(from, Math.min(last, next - 1)));
      }
    } finally {
      await client.end();
    }
  };
  await Promise.all(Array.from({ length: sessions }, work));
}

const insertion = `
  WITH generated AS MATERIALIZED (${generatedRows}), added AS (
    INSERT INTO products (id, name, description, price, category_id, stock_quantity, sku, created_at)
    SELECT n, name, description, price, (SELECT id FROM categories WHERE name = categories[category]), stock, sku,
      timestamp '2020-01-01' + n * interval '1 minute'
    FROM generated
  ), sales AS (
    INSERT INTO product_sales (product_id, sold) SELECT n, sold FROM generated
  )
  SELECT add_search_words(string_agg(name, ' ')) FROM generated`;
