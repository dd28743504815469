import type { Db } from '@sagacity/chassis/db/database';
import { created, noContent, ok } from '@sagacity/chassis/http/answers';
import { type Route, route } from '@sagacity/chassis/http/route';
import type { CatalogueCache } from '../cache/catalogue-cache.ts';
import { categoryPath, categorySchema, changeCategoryBody, createCategoryBody } from '../contract/categories.ts';
import { changeCategory, createCategory, removeCategory } from '../use-cases/change-categories.ts';

/** Changing the categories, for admins. */
export function categoryRoutes({ db, cache }: { readonly db: Db; readonly cache: CatalogueCache }): Route[] {
  return [
    route({
      method: 'post',
      path: '/products/categories',
      operationId: 'createCategory',
      summary: 'Add a category',
      access: 'admin',
      body: createCategoryBody,
      answers: { 201: { description: 'The category', schema: categorySchema } },
      problems: ['category.name_taken'],
      handle: async ({ body }) => {
        const category = await createCategory(db, body);
        await cache.forget(['lists']);
        return created(`/products/categories/${category.id}`, category);
      },
    }),
    route({
      method: 'put',
      path: '/products/categories/:category_id',
      operationId: 'changeCategory',
      summary: 'Change a category',
      access: 'admin',
      params: categoryPath,
      body: changeCategoryBody,
      answers: { 200: { description: 'The category', schema: categorySchema } },
      problems: ['category.not_found', 'category.name_taken'],
      handle: async ({ params, body }) => {
        const category = await changeCategory(db, params.category_id, body);
        // Every product of it shows its name.
        await cache.forget(['everything']);
        return ok(category);
      },
    }),
    route({
      method: 'delete',
      path: '/products/categories/:category_id',
      operationId: 'deleteCategory',
      summary: 'Delete an empty category',
      access: 'admin',
      params: categoryPath,
      answers: { 204: { description: 'It is gone' } },
      problems: ['category.not_found', 'category.in_use'],
      handle: async ({ params }) => {
        await removeCategory(db, params.category_id);
        await cache.forget(['lists']);
        return noContent();
      },
    }),
  ];
}
