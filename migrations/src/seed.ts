import type pg from 'pg';
import { asCommand, print } from './command.ts';
import { required, urlOf, withLock } from './connection.ts';
import { demoCategories, demoProducts } from './demo/catalogue.ts';

/**
 * Puts the demo catalogue into products_db, unless products are there already; returns how many products it added.
 * Each product's first stock is a movement in the ledger. No events are written: whoever needs the catalogue is seeded beside it.
 */
export async function seedCatalogue(productsUrl: string): Promise<number> {
  return withLock(productsUrl, 'seed', async (client) => {
    const { rows } = await client.query<{ filled: boolean }>('SELECT EXISTS (SELECT FROM products) AS filled');
    if (rows[0]?.filled) return 0;
    await client.query('BEGIN');
    try {
      const added = await insertDemo(client);
      await client.query('COMMIT');
      return added;
    } catch (error) {
      await client.query('ROLLBACK');
      throw error;
    }
  });
}

async function insertDemo(client: pg.Client): Promise<number> {
  await client.query(
    `INSERT INTO categories (name, description)
     SELECT * FROM jsonb_to_recordset($1::jsonb) AS c(name text, description text) ON CONFLICT DO NOTHING`,
    [JSON.stringify(demoCategories.map(({ name, description }) => ({ name, description })))],
  );
  const { rowCount } = await client.query(
    `WITH added AS (
       INSERT INTO products (sku, name, description, price, category_id, stock_quantity)
       SELECT d.sku, d.name, d.description, d.cents / 100.0, c.id, d.stock
       FROM jsonb_to_recordset($1::jsonb)
         AS d(sku text, name text, description text, cents int, stock int, category text, number bigint)
       JOIN categories c ON c.name = d.category ORDER BY d.number
       RETURNING id, stock_quantity
     )
     INSERT INTO stock_movements (product_id, kind, on_hand_delta, reserved_delta, actor, reason)
     SELECT id, 'receive', stock_quantity, 0, 'seed', 'demo catalogue' FROM added`,
    [JSON.stringify(demoProducts().map((product, number) => ({ ...product, number })))],
  );
  return rowCount ?? 0;
}

await asCommand(import.meta.url, async () => {
  if (process.env.DEMO_CATALOGUE === 'no') return print('demo catalogue: left out');
  const added = await seedCatalogue(urlOf(required(process.env, 'POSTGRES_ADMIN_URL'), 'products_db'));
  print(added > 0 ? `demo catalogue: ${added} products added` : 'demo catalogue: products are there already');
});
