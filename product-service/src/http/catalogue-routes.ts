import { type Actor, isAdmin } from '@sagacity/chassis/auth/actor';
import type { Db } from '@sagacity/chassis/db/database';
import { ok } from '@sagacity/chassis/http/answers';
import { type Route, route } from '@sagacity/chassis/http/route';
import { answerOf } from '../cache/cached-answer.ts';
import type { CatalogueCache } from '../cache/catalogue-cache.ts';
import { categoryList } from '../contract/categories.ts';
import {
  productList,
  productPath,
  productSchema,
  productsQuery,
  searchAnswer,
  searchQuery,
} from '../contract/products.ts';
import { quotesSchema } from '../contract/quotes.ts';
import { listCategories } from '../queries/list-categories.ts';
import { listProducts } from '../queries/list-products.ts';
import { quoteProducts } from '../queries/quote-products.ts';
import { readProduct } from '../queries/read-product.ts';
import { searchProducts } from '../queries/search-products.ts';
import { answerWith, keyOfQuery } from './cached-answers.ts';

const quotesQuery = {
  type: 'object',
  additionalProperties: false,
  required: ['ids'],
  properties: { ids: { type: 'string', maxLength: 2_000, pattern: '^[1-9]\\d{0,9}(?:,[1-9]\\d{0,9}){0,99}$' } },
} as const;

/** Reading the catalogue, from the cache but for quotes and admins; the fixed paths stand before `/products/:product_id`. */
export function catalogueRoutes({ db, cache }: { readonly db: Db; readonly cache: CatalogueCache }): Route[] {
  const lists = 'lists' as const;
  return [
    route({
      method: 'get',
      path: '/products',
      operationId: 'listProducts',
      summary: 'Products for sale',
      access: 'public',
      query: productsQuery,
      answers: { 200: { description: 'A page of products', schema: productList } },
      handle: async ({ query, header }) => {
        const load = async () => answerOf(await listProducts(db, query));
        const answer = await cache.read({ kind: 'list', key: keyOfQuery(query), subject: lists, load });
        return answerWith(answer, header('if-none-match'));
      },
    }),
    route({
      method: 'get',
      path: '/products/search',
      operationId: 'searchProducts',
      summary: 'Search products by words, prefixes and names that look alike',
      access: 'public',
      query: searchQuery,
      answers: { 200: { description: 'A page of products with facets', schema: searchAnswer } },
      handle: async ({ query, header }) => {
        const load = async () => answerOf(await searchProducts(db, query));
        const answer = await cache.read({ kind: 'search', key: keyOfQuery(query), subject: lists, load });
        return answerWith(answer, header('if-none-match'));
      },
    }),
    route({
      method: 'get',
      path: '/products/categories',
      operationId: 'listCategories',
      summary: 'All categories',
      access: 'public',
      answers: { 200: { description: 'The categories by name', schema: categoryList } },
      handle: async ({ header }) => {
        const load = async () => answerOf(await listCategories(db));
        const answer = await cache.read({ kind: 'categories', key: 'all', subject: lists, load });
        return answerWith(answer, header('if-none-match'));
      },
    }),
    route({
      method: 'get',
      path: '/products/quotes',
      operationId: 'quoteProducts',
      summary: 'Names, prices and availability as they are now, for orders',
      access: 'public',
      query: quotesQuery,
      answers: { 200: { description: 'The products that exist', schema: quotesSchema } },
      handle: async ({ query }) => ok(await quoteProducts(db, query.ids.split(',').map(Number))),
    }),
    route({
      method: 'get',
      path: '/products/:product_id',
      operationId: 'getProduct',
      summary: 'One product',
      access: 'public',
      params: productPath,
      answers: { 200: { description: 'The product', schema: productSchema } },
      problems: ['product.not_found'],
      handle: async ({ params, actor, header }) => {
        const id = params.product_id;
        const asAdmin = seesInactive(actor);
        const load = () => readProduct(db, id, asAdmin);
        const entry = { kind: 'product', key: String(id), subject: `product:${id}`, load } as const;
        return answerWith(asAdmin ? await load() : await cache.read(entry), header('if-none-match'));
      },
    }),
  ];
}

function seesInactive(actor: Actor | undefined): boolean {
  return actor !== undefined && isAdmin(actor);
}
