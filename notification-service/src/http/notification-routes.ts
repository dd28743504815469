import type { Db } from '@sagacity/chassis/db/database';
import { ok } from '@sagacity/chassis/http/answers';
import { type Route, route } from '@sagacity/chassis/http/route';
import { plainListQuery } from '@sagacity/chassis/lists/list-schemas';
import { notificationList, userPath } from '../contract/notifications.ts';
import { listNotifications } from '../queries/list-notifications.ts';

export function notificationRoutes({ db }: { readonly db: Db }): Route[] {
  return [
    route({
      method: 'get',
      path: '/users/:user_id/notifications',
      operationId: 'listNotifications',
      summary: 'What was mailed to a user',
      access: 'user',
      params: userPath,
      query: plainListQuery,
      answers: { 200: { description: 'Mails, the newest first', schema: notificationList } },
      problems: ['user.not_found'],
      handle: async ({ actor, params, query }) => ok(await listNotifications(db, actor, params.user_id, query)),
    }),
  ];
}
