import { isAdmin, mayAccess } from '@sagacity/chassis/auth/actor';
import type { Db } from '@sagacity/chassis/db/database';
import { DomainError } from '@sagacity/chassis/errors/domain-error';
import { ok } from '@sagacity/chassis/http/answers';
import { type Route, route } from '@sagacity/chassis/http/route';
import { orderList, ordersOfUserQuery, ordersQuery, userPath } from '../contract/orders.ts';
import { orderNotFound } from '../domain/order-not-found.ts';
import { listOrders } from '../queries/list-orders.ts';

/** Lists of orders: one's own, of a user, of all for admins. */
export function listRoutes(deps: { readonly db: Db }): Route[] {
  return [
    route({
      method: 'get',
      path: '/orders',
      operationId: 'listOrders',
      summary: "One's own orders; all of them for admins",
      access: 'user',
      query: ordersQuery,
      answers: { 200: { description: 'Orders, the newest first', schema: orderList } },
      handle: async ({ actor, query }) => {
        if (isAdmin(actor)) return ok(await listOrders(deps.db, { ...query, userId: query.user_id }));
        if (query.user_id !== undefined && query.user_id !== actor.userId) throw onlyAdmins();
        return ok(await listOrders(deps.db, { ...query, userId: actor.userId }));
      },
    }),
    route({
      method: 'get',
      path: '/orders/user/:user_id',
      operationId: 'listOrdersOfUser',
      summary: 'Orders of a user',
      access: 'user',
      params: userPath,
      query: ordersOfUserQuery,
      answers: { 200: { description: 'Orders, the newest first', schema: orderList } },
      problems: ['order.not_found'],
      handle: async ({ actor, params, query }) => {
        if (!mayAccess(actor, params.user_id)) throw orderNotFound();
        return ok(await listOrders(deps.db, { ...query, userId: params.user_id }));
      },
    }),
  ];
}

function onlyAdmins(): DomainError {
  return new DomainError('auth.forbidden', "Only admins may list others' orders.");
}
