import type { Actor } from '@sagacity/chassis/auth/actor';
import type { Db } from '@sagacity/chassis/db/database';
import { type Answer, noContent } from '@sagacity/chassis/http/answers';
import { type Route, route } from '@sagacity/chassis/http/route';
import type { CatalogueCache } from '../cache/catalogue-cache.ts';
import {
  adjustStockBody,
  changeProductBody,
  createProductBody,
  productPath,
  productSchema,
} from '../contract/products.ts';
import { type ProductRow, taggedProduct } from '../queries/read-product.ts';
import { adjustStock } from '../use-cases/adjust-stock.ts';
import { changeProduct, deleteProduct } from '../use-cases/change-product.ts';
import { createProduct } from '../use-cases/create-product.ts';

/** Changing the catalogue and its stock, for admins; whoever is answered here reads the change afterwards. */
export function adminRoutes({ db, cache }: { readonly db: Db; readonly cache: CatalogueCache }): Route[] {
  const changed = async (product: ProductRow): Promise<Answer> => {
    await cache.forget([`product:${product.id}`, 'lists']);
    const { json, etag } = taggedProduct(product);
    return { status: 200, json, headers: { etag } };
  };
  return [
    route({
      method: 'post',
      path: '/products',
      operationId: 'createProduct',
      summary: 'Add a product',
      access: 'admin',
      body: createProductBody,
      answers: { 201: { description: 'The product', schema: productSchema } },
      problems: ['product.sku_taken', 'product.category_unknown'],
      handle: async (request) => {
        const product = await createProduct(db, { ...request, actor: nameOf(request.actor) });
        const { headers, ...answer } = await changed(product);
        return { ...answer, status: 201, headers: { ...headers, location: `/products/${product.id}` } };
      },
    }),
    route({
      method: 'put',
      path: '/products/:product_id',
      operationId: 'changeProduct',
      summary: 'Change a product',
      access: 'admin',
      params: productPath,
      body: changeProductBody,
      answers: { 200: { description: 'The product', schema: productSchema } },
      problems: ['product.not_found', 'product.sku_taken', 'product.category_unknown', 'stock.below_reserved'],
      handle: async (request) => {
        const ifMatch = request.header('if-match');
        const input = { ...request, productId: request.params.product_id, actor: nameOf(request.actor), ifMatch };
        return changed(await changeProduct(db, input));
      },
    }),
    route({
      method: 'delete',
      path: '/products/:product_id',
      operationId: 'deleteProduct',
      summary: 'Take a product out of the catalogue',
      access: 'admin',
      params: productPath,
      answers: { 204: { description: 'It is no longer for sale' } },
      problems: ['product.not_found'],
      handle: async (request) => {
        const productId = request.params.product_id;
        await deleteProduct(db, { ...request, productId, ifMatch: request.header('if-match') });
        await cache.forget([`product:${productId}`, 'lists']);
        return noContent();
      },
    }),
    route({
      method: 'post',
      path: '/products/:product_id/stock',
      operationId: 'adjustStock',
      summary: 'Add to the stock, or take from it, with a reason',
      access: 'admin',
      params: productPath,
      body: adjustStockBody,
      answers: { 200: { description: 'The product', schema: productSchema } },
      problems: ['product.not_found', 'stock.below_reserved', 'stock.too_much'],
      handle: async ({ params, body, actor, requestId, traceparent }) => {
        const input = { productId: params.product_id, ...body, actor: nameOf(actor), requestId, traceparent };
        return changed(await adjustStock(db, input));
      },
    }),
  ];
}

function nameOf(actor: Actor): string {
  return `admin ${actor.userId}`;
}
