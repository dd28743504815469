import { noContent, ok } from '@sagacity/chassis/http/answers';
import { assertIfMatch, etagOf, okOrNotModified } from '@sagacity/chassis/http/etag';
import { etagHeader, ifMatch, ifNoneMatch } from '@sagacity/chassis/http/request-headers';
import { type Route, route } from '@sagacity/chassis/http/route';
import { passwordChange, user, userChange, userParams } from '../contract/users.ts';
import { readUser } from '../queries/read-user.ts';
import { toUserAnswer } from '../queries/user-answer.ts';
import { changePassword } from '../use-cases/change-password.ts';
import { changeUser } from '../use-cases/change-user.ts';
import type { UseCaseDeps } from '../use-cases/deps.ts';
import { eraseUser } from '../use-cases/erase-user.ts';
import { toProfileChange } from './profile-body.ts';

/** One account, for its owner and for admins. */
export function userRoutes(deps: UseCaseDeps): Route[] {
  return [
    route({
      method: 'get',
      path: '/users/me',
      operationId: 'getMe',
      summary: 'The account that the token is of',
      access: 'user',
      headers: [ifNoneMatch],
      answers: {
        200: { description: 'The account', schema: user, headers: etagHeader },
        304: { description: 'Unchanged' },
      },
      problems: ['user.not_found'],
      handle: async ({ actor, header }) => {
        const found = await readUser(deps.db, actor, actor.userId);
        return okOrNotModified(toUserAnswer(found), found.version, header('if-none-match'));
      },
    }),
    route({
      method: 'get',
      path: '/users/:user_id',
      operationId: 'getUser',
      summary: 'An account',
      access: 'user',
      params: userParams,
      headers: [ifNoneMatch],
      answers: {
        200: { description: 'The account', schema: user, headers: etagHeader },
        304: { description: 'Unchanged' },
      },
      problems: ['user.not_found'],
      handle: async ({ actor, params, header }) => {
        const found = await readUser(deps.db, actor, params.user_id);
        return okOrNotModified(toUserAnswer(found), found.version, header('if-none-match'));
      },
    }),
    route({
      method: 'put',
      path: '/users/:user_id',
      operationId: 'changeUser',
      summary: 'Change a profile; role and is_active only by admins',
      access: 'user',
      params: userParams,
      body: userChange,
      headers: [ifMatch],
      answers: { 200: { description: 'The account after the change', schema: user, headers: etagHeader } },
      problems: ['user.not_found', 'user.email_taken', 'user.username_taken', 'user.last_admin'],
      handle: async ({ actor, params, body, header, requestId, traceparent }) => {
        const assertExpected = (version: number) => assertIfMatch(header('if-match'), version);
        const origin = { requestId, traceparent };
        const change = toProfileChange(body);
        const changed = await changeUser(deps, { actor, userId: params.user_id, change, assertExpected, origin });
        return ok(toUserAnswer(changed), { etag: etagOf(changed.version) });
      },
    }),
    route({
      method: 'put',
      path: '/users/:user_id/password',
      operationId: 'changePassword',
      summary: 'Change the own password; ends all sessions of the account',
      access: 'user',
      params: userParams,
      body: passwordChange,
      answers: { 204: { description: 'Changed' } },
      problems: ['user.not_found', 'user.wrong_password', 'user.password_too_common'],
      handle: async ({ actor, params, body }) => {
        const { current_password: currentPassword, new_password: newPassword } = body;
        await changePassword(deps, { actor, userId: params.user_id, currentPassword, newPassword });
        return noContent();
      },
    }),
    route({
      method: 'delete',
      path: '/users/:user_id',
      operationId: 'eraseUser',
      summary: 'Erase a person: the profile is made anonymous, orders stay',
      access: 'user',
      params: userParams,
      answers: { 204: { description: 'Erased' } },
      problems: ['user.not_found', 'user.last_admin'],
      handle: async ({ actor, params, requestId, traceparent }) => {
        await eraseUser(deps, { actor, userId: params.user_id, origin: { requestId, traceparent } });
        return noContent();
      },
    }),
  ];
}
