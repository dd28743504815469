import type { Db, Trx } from '@sagacity/chassis/db/database';
import { violatedConstraint } from '@sagacity/chassis/db/transaction';
import { DomainError } from '@sagacity/chassis/errors/domain-error';
import type { CategoryAnswer } from '../contract/categories.ts';

export interface CategoryFields {
  readonly name?: string;
  readonly description?: string | null;
}

/** The category with how many products are for sale in it; throws `category.not_found`. */
export async function getCategory(db: Db | Trx, categoryId: number): Promise<CategoryAnswer> {
  const row = await db('categories as c')
    .where('c.id', categoryId)
    .first(
      'c.id',
      'c.name',
      'c.description',
      db.raw('(SELECT count(*)::int FROM products p WHERE p.category_id = c.id AND p.is_active) AS product_count'),
    );
  if (!row) throw categoryNotFound();
  return row as CategoryAnswer;
}

/** Inserts a category; throws `category.name_taken`. */
export async function insertCategory(trx: Trx, fields: CategoryFields): Promise<CategoryAnswer> {
  const [row] = await refusing(() => trx('categories').insert(fields).returning<{ id: number }[]>('id'));
  return getCategory(trx, row?.id ?? 0);
}

/** Changes a category; throws `category.not_found` or `category.name_taken`. */
export async function saveCategory(trx: Trx, categoryId: number, fields: CategoryFields): Promise<CategoryAnswer> {
  await refusing(() =>
    trx('categories')
      .where({ id: categoryId })
      .update({ ...fields, version: trx.raw('version + 1') }),
  );
  return getCategory(trx, categoryId);
}

/** Deletes an empty category; throws `category.not_found` or `category.in_use`. */
export async function deleteCategory(trx: Trx, categoryId: number): Promise<void> {
  const deleted = await refusing(() => trx('categories').where({ id: categoryId }).delete());
  if (deleted === 0) throw categoryNotFound();
}

function categoryNotFound(): DomainError {
  return new DomainError('category.not_found', 'There is no such category.');
}

async function refusing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    switch (violatedConstraint(error)) {
      case 'categories_name_key':
        throw new DomainError('category.name_taken', 'Another category has this name.');
      case 'products_category_id_fkey':
        throw new DomainError('category.in_use', 'There are products in this category.');
      default:
        throw error;
    }
  }
}
