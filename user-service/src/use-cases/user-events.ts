import type { Trx } from '@sagacity/chassis/db/database';
import type { MessageContext } from '@sagacity/chassis/messaging/envelope';
import { appendEvent } from '@sagacity/chassis/outbox/append';
import type { UserData, UserErasedData } from '../contract/events.ts';
import type { User } from '../domain/user.ts';
import type { RequestOrigin } from './deps.ts';

/** Appends `user.created` or `user.updated` with the user as it is now; the row must be inserted or locked in this transaction. */
export function appendUserEvent(
  trx: Trx,
  type: 'user.created' | 'user.updated',
  user: User,
  origin?: RequestOrigin,
): void {
  const data: UserData = {
    user_id: user.id,
    email: user.email,
    username: user.username,
    first_name: user.firstName,
    role: user.role,
    is_active: user.isActive,
    created_at: user.createdAt.toISOString(),
    updated_at: user.updatedAt.toISOString(),
  };
  append(trx, type, user, data, origin);
}

/** Appends `user.erased`, the last event of a user. */
export function appendUserErased(trx: Trx, user: User, origin: RequestOrigin): void {
  const data: UserErasedData = { user_id: user.id, erased_at: user.updatedAt.toISOString() };
  append(trx, 'user.erased', user, data, origin);
}

function append(trx: Trx, type: string, user: User, data: object, origin?: RequestOrigin): void {
  appendEvent(trx, {
    type,
    aggregate: { type: 'user', id: user.id, version: user.version },
    data,
    occurredAt: user.updatedAt,
    context: contextOf(user, origin),
  });
}

function contextOf(user: User, origin?: RequestOrigin): MessageContext {
  const correlationId = `user-${user.id}`;
  return origin === undefined
    ? { correlationId }
    : { correlationId, causationId: origin.requestId, traceparent: origin.traceparent };
}
