import { type Actor, mayAccess } from '@sagacity/chassis/auth/actor';
import type { Db } from '@sagacity/chassis/db/database';
import { DomainError } from '@sagacity/chassis/errors/domain-error';
import type { ListAnswer, ListQuery } from '@sagacity/chassis/lists/list-schemas';
import { listNewestFirst } from '@sagacity/chassis/lists/newest-first';
import type { NotificationAnswer } from '../contract/notifications.ts';

interface Row {
  readonly id: number;
  readonly user_id: number;
  readonly order_id: number | null;
  readonly template: string;
  readonly to_address: string;
  readonly subject: string;
  readonly body_text: string;
  readonly state: NotificationAnswer['state'];
  readonly attempts: number;
  readonly created_at: Date;
  readonly sent_at: Date | null;
}

const columns = [
  'id',
  'user_id',
  'order_id',
  'template',
  'to_address',
  'subject',
  'body_text',
  'state',
  'attempts',
  'created_at',
  'sent_at',
] as const;

/** What was mailed to a user, the newest first; somebody else's are `user.not_found`. */
export async function listNotifications(
  db: Db,
  actor: Actor,
  userId: number,
  query: ListQuery,
): Promise<ListAnswer<NotificationAnswer>> {
  if (!mayAccess(actor, userId)) throw new DomainError('user.not_found', 'There is no such user.');
  return listNewestFirst<Row, NotificationAnswer>(query, {
    rows: db('notifications').where({ user_id: userId }),
    columns,
    idColumn: 'id',
    idOf: ({ id }) => id,
    toItem: toAnswer,
  });
}

function toAnswer({ to_address, body_text, created_at, sent_at, ...row }: Row): NotificationAnswer {
  return {
    ...row,
    to: to_address,
    text: body_text,
    created_at: created_at.toISOString(),
    sent_at: sent_at?.toISOString() ?? null,
  };
}
