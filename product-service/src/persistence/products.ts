import type { Db, Trx } from '@sagacity/chassis/db/database';
import { runSql } from '@sagacity/chassis/db/run-sql';
import { violatedConstraint } from '@sagacity/chassis/db/transaction';
import { DomainError } from '@sagacity/chassis/errors/domain-error';

/** A row of `products` with its category's name. */
export interface ProductRow {
  readonly id: number;
  readonly name: string;
  readonly description: string | null;
  readonly price: string;
  readonly currency: string;
  readonly category_id: number | null;
  readonly category_name: string | null;
  readonly stock_quantity: number;
  readonly reserved: number;
  readonly sku: string;
  readonly is_active: boolean;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly version: number;
}

export interface ProductFields {
  readonly name?: string;
  readonly description?: string | null;
  /** DECIMAL text. */
  readonly price?: string;
  readonly category_id?: number | null;
  readonly stock_quantity?: number;
  readonly sku?: string;
  readonly is_active?: boolean;
}

export const productColumns = `p.id, p.name, p.description, p.price, p.currency, p.category_id, c.name AS category_name,
  p.stock_quantity, p.reserved, p.sku, p.is_active, p.created_at, p.updated_at, p.version`;

/** The product, or undefined. */
export async function findProduct(db: Db | Trx, productId: number): Promise<ProductRow | undefined> {
  const { rows } = await runSql<ProductRow>(
    db,
    `SELECT ${productColumns} FROM products p LEFT JOIN categories c ON c.id = p.category_id WHERE p.id = ?`,
    [productId],
  );
  return rows[0];
}

/** The product; throws `product.not_found`. */
export async function getProduct(db: Db | Trx, productId: number): Promise<ProductRow> {
  const product = await findProduct(db, productId);
  if (!product) throw productNotFound();
  return product;
}

/** The product, its row locked until the transaction ends; throws `product.not_found`. */
export async function lockProduct(trx: Trx, productId: number): Promise<ProductRow> {
  const { rowCount } = await runSql(trx, 'SELECT 1 FROM products WHERE id = ? FOR NO KEY UPDATE', [productId]);
  if (rowCount === 0) throw productNotFound();
  return getProduct(trx, productId);
}

/** Inserts a product; throws `product.sku_taken` or `product.category_unknown`. */
export async function insertProduct(trx: Trx, fields: ProductFields): Promise<ProductRow> {
  const [row] = await refusing(() => trx('products').insert(fields).returning<{ id: number }[]>('id'));
  return getProduct(trx, row?.id ?? 0);
}

/** Changes a locked product; its version grows by one. Throws `product.sku_taken`, `product.category_unknown` or `stock.below_reserved`. */
export async function saveProduct(trx: Trx, productId: number, fields: ProductFields): Promise<ProductRow> {
  await refusing(() =>
    trx('products')
      .where({ id: productId })
      .update({ ...fields, version: trx.raw('version + 1'), updated_at: trx.fn.now() }),
  );
  return getProduct(trx, productId);
}

export function productNotFound(): DomainError {
  return new DomainError('product.not_found', 'There is no such product.');
}

/** What the database's constraints refuse, in the words of the contract. */
async function refusing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    switch (violatedConstraint(error)) {
      case 'products_sku_key':
        throw new DomainError('product.sku_taken', 'Another product has this SKU.');
      case 'products_category_id_fkey':
        throw new DomainError('product.category_unknown', 'There is no such category.');
      case 'products_reserved_is_there':
        throw new DomainError('stock.below_reserved', 'Orders have reserved more than that.');
      default:
        throw error;
    }
  }
}
