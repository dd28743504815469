import type { Actor } from '@sagacity/chassis/auth/actor';
import type { Db } from '@sagacity/chassis/db/database';
import { created, noContent, ok } from '@sagacity/chassis/http/answers';
import { etagOf } from '@sagacity/chassis/http/etag';
import { type Route, route } from '@sagacity/chassis/http/route';
import {
  adjustStockBody,
  changeProductBody,
  createProductBody,
  productPath,
  productSchema,
} from '../contract/products.ts';
import { productAnswer } from '../queries/product-answer.ts';
import { adjustStock } from '../use-cases/adjust-stock.ts';
import { changeProduct, deleteProduct } from '../use-cases/change-product.ts';
import { createProduct } from '../use-cases/create-product.ts';

/** Changing the catalogue and its stock, for admins. */
export function adminRoutes({ db }: { readonly db: Db }): Route[] {
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
        return created(`/products/${product.id}`, productAnswer(product), { etag: etagOf(product.version) });
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
        const product = await changeProduct(db, input);
        return ok(productAnswer(product), { etag: etagOf(product.version) });
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
        await deleteProduct(db, {
          ...request,
          productId: request.params.product_id,
          ifMatch: request.header('if-match'),
        });
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
        const product = await adjustStock(db, input);
        return ok(productAnswer(product), { etag: etagOf(product.version) });
      },
    }),
  ];
}

function nameOf(actor: Actor): string {
  return `admin ${actor.userId}`;
}
