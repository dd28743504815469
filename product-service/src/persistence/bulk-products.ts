import type { Trx } from '@sagacity/chassis/db/database';
import { runSql } from '@sagacity/chassis/db/run-sql';
import type { Product } from '../domain/import-plan.ts';
import { type ProductRow, productColumns } from './products.ts';

const columns = 'name text, description text, price numeric, category_id int, stock_quantity int, is_active boolean';
const names = 'name, description, price, category_id, stock_quantity, is_active';

/** The products by SKU, their rows locked in the order of their ids until the transaction ends. */
export async function lockBySku(trx: Trx, skus: readonly string[]): Promise<Map<string, ProductRow>> {
  const { rows } = await runSql<ProductRow>(
    trx,
    `SELECT ${productColumns} FROM products p LEFT JOIN categories c ON c.id = p.category_id
     WHERE p.sku = ANY(?) ORDER BY p.id FOR NO KEY UPDATE OF p`,
    [[...skus]],
  );
  return new Map(rows.map((row) => [row.sku, row]));
}

/** The ids of categories by name and by id as text; they stay until the transaction ends. */
export async function lockCategories(trx: Trx, wanted: { names: readonly string[]; ids: readonly number[] }) {
  const { rows } = await runSql<{ id: number; name: string }>(
    trx,
    'SELECT id, name FROM categories WHERE name = ANY(:names) OR id = ANY(:ids) ORDER BY id FOR KEY SHARE',
    { names: [...wanted.names], ids: [...wanted.ids] },
  );
  return { byName: new Map(rows.map(({ id, name }) => [name, id])), ids: new Set(rows.map(({ id }) => id)) };
}

/** Inserts the products in one statement; returns their ids by SKU. */
export async function insertProducts(
  trx: Trx,
  products: readonly (Product & { sku: string })[],
): Promise<Map<string, number>> {
  const { rows } = await runSql<{ id: number; sku: string }>(
    trx,
    `INSERT INTO products (sku, ${names})
     SELECT sku, ${names} FROM json_to_recordset(?::json) AS r(sku text, place int, ${columns}) ORDER BY place RETURNING id, sku`,
    [JSON.stringify(products.map((product, place) => ({ ...product, place })))],
  );
  return new Map(rows.map(({ id, sku }) => [sku, id]));
}

/** Changes locked products in one statement; the version of each grows by one. */
export async function saveProducts(trx: Trx, products: readonly (Product & { id: number })[]): Promise<void> {
  await runSql(
    trx,
    `UPDATE products AS p SET name = r.name, description = r.description, price = r.price, category_id = r.category_id,
       stock_quantity = r.stock_quantity, is_active = r.is_active, version = p.version + 1, updated_at = now()
     FROM json_to_recordset(?::json) AS r(id int, ${columns}) WHERE p.id = r.id`,
    [JSON.stringify(products)],
  );
}

/** Adds the movements of an import to the ledger. */
export async function insertMovements(
  trx: Trx,
  movements: readonly { product_id: number; kind: 'receive' | 'adjust'; delta: number }[],
  { actor, reason }: { actor: string; reason: string },
): Promise<void> {
  await runSql(
    trx,
    `INSERT INTO stock_movements (product_id, kind, on_hand_delta, reserved_delta, actor, reason)
     SELECT product_id, kind, delta, 0, :actor, :reason
     FROM json_to_recordset(:movements::json) AS m(product_id int, kind text, delta int)`,
    { movements: JSON.stringify(movements), actor, reason },
  );
}

/** The products as the transaction left them, by id. */
export async function readBack(trx: Trx, ids: readonly number[]): Promise<ProductRow[]> {
  const { rows } = await runSql<ProductRow>(
    trx,
    `SELECT ${productColumns} FROM products p LEFT JOIN categories c ON c.id = p.category_id WHERE p.id = ANY(?) ORDER BY p.id`,
    [[...ids]],
  );
  return rows;
}
