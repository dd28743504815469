import type { Db } from '@sagacity/chassis/db/database';
import { ok } from '@sagacity/chassis/http/answers';
import { type Route, route } from '@sagacity/chassis/http/route';
import { plainListQuery } from '@sagacity/chassis/lists/list-schemas';
import { orderHistory } from '../contract/order-history.ts';
import { adminChanges, userParams, users, usersQuery } from '../contract/users.ts';
import { listAdminChanges } from '../queries/list-admin-changes.ts';
import { listOrderHistory } from '../queries/list-order-history.ts';
import { listUsers } from '../queries/list-users.ts';
import { readUser } from '../queries/read-user.ts';

export function listRoutes(db: Db): Route[] {
  return [
    route({
      method: 'get',
      path: '/users',
      operationId: 'listUsers',
      summary: 'All accounts, the newest first',
      access: 'admin',
      query: usersQuery,
      answers: { 200: { description: 'A page of accounts', schema: users } },
      handle: async ({ query }) => ok(await listUsers(db, query)),
    }),
    route({
      method: 'get',
      path: '/users/:user_id/orders',
      operationId: 'listUserOrders',
      summary: "A user's orders, the newest first",
      access: 'user',
      params: userParams,
      query: plainListQuery,
      answers: { 200: { description: 'A page of orders', schema: orderHistory } },
      problems: ['user.not_found'],
      handle: async ({ actor, params, query }) => {
        await readUser(db, actor, params.user_id);
        return ok(await listOrderHistory(db, params.user_id, query));
      },
    }),
    route({
      method: 'get',
      path: '/users/:user_id/changes',
      operationId: 'listAdminChanges',
      summary: 'What admins changed in an account, the latest first',
      access: 'admin',
      params: userParams,
      query: plainListQuery,
      answers: { 200: { description: 'A page of changes', schema: adminChanges } },
      handle: async ({ params, query }) => ok(await listAdminChanges(db, params.user_id, query)),
    }),
  ];
}
