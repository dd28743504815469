import type { Db } from '@sagacity/chassis/db/database';
import { inTransaction } from '@sagacity/chassis/db/transaction';
import type { CategoryAnswer } from '../contract/categories.ts';
import { type CategoryFields, deleteCategory, insertCategory, saveCategory } from '../persistence/categories.ts';

// Categories have no events: nobody outside of the catalogue knows of them.

export function createCategory(db: Db, fields: CategoryFields): Promise<CategoryAnswer> {
  return inTransaction(db, (trx) => insertCategory(trx, fields));
}

export function changeCategory(db: Db, categoryId: number, fields: CategoryFields): Promise<CategoryAnswer> {
  return inTransaction(db, (trx) => saveCategory(trx, categoryId, fields));
}

export function removeCategory(db: Db, categoryId: number): Promise<void> {
  return inTransaction(db, (trx) => deleteCategory(trx, categoryId));
}
