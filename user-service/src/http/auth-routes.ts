import { created, noContent, ok } from '@sagacity/chassis/http/answers';
import { etagOf } from '@sagacity/chassis/http/etag';
import { type Route, route } from '@sagacity/chassis/http/route';
import { login, refresh, registration, type TokenPair, tokenPair } from '../contract/auth.ts';
import { user } from '../contract/users.ts';
import { accessTokenSeconds } from '../credentials/access-token.ts';
import { toUserAnswer } from '../queries/user-answer.ts';
import type { UseCaseDeps } from '../use-cases/deps.ts';
import { logIn } from '../use-cases/log-in.ts';
import { logOut } from '../use-cases/log-out.ts';
import type { SessionTokens } from '../use-cases/open-session.ts';
import { refreshSession } from '../use-cases/refresh-session.ts';
import { registerUser } from '../use-cases/register-user.ts';

/** Tokens must not stay in anybody's cache. */
const unstored = { 'cache-control': 'no-store' };

export function authRoutes(deps: UseCaseDeps): Route[] {
  return [
    route({
      method: 'post',
      path: '/auth/register',
      operationId: 'register',
      summary: 'Make an account',
      access: 'public',
      ignoresToken: true,
      body: registration,
      answers: { 201: { description: 'The account', schema: user, headers: { Location: 'Where it is.' } } },
      problems: ['user.email_taken', 'user.username_taken', 'user.password_too_common'],
      handle: async ({ body, requestId, traceparent }) => {
        const made = await registerUser(deps, body, { requestId, traceparent });
        return created(`/users/${made.id}`, toUserAnswer(made), { etag: etagOf(made.version) });
      },
    }),
    route({
      method: 'post',
      path: '/auth/login',
      operationId: 'logIn',
      summary: 'Log in by email or username',
      access: 'public',
      ignoresToken: true,
      body: login,
      answers: { 200: { description: 'A pair of tokens', schema: tokenPair } },
      problems: ['auth.invalid_credentials'],
      handle: async ({ body }) => ok(toPair(await logIn(deps, body)), unstored),
    }),
    route({
      method: 'post',
      path: '/auth/refresh',
      operationId: 'refreshSession',
      summary: 'Change a refresh token for a new pair',
      access: 'public',
      ignoresToken: true,
      body: refresh,
      answers: { 200: { description: 'The next pair of tokens', schema: tokenPair } },
      problems: ['auth.invalid_refresh_token'],
      handle: async ({ body }) => ok(toPair(await refreshSession(deps, body.refresh_token)), unstored),
    }),
    route({
      method: 'post',
      path: '/auth/logout',
      operationId: 'logOut',
      summary: 'End the session of the token that is sent',
      access: 'user',
      answers: { 204: { description: 'The session has ended' } },
      handle: async ({ actor }) => {
        await logOut(deps, actor);
        return noContent();
      },
    }),
  ];
}

function toPair({ user, accessToken, refreshToken }: SessionTokens): TokenPair {
  return {
    access_token: accessToken,
    token_type: 'bearer',
    expires_in: accessTokenSeconds,
    refresh_token: refreshToken,
    user: toUserAnswer(user),
  };
}
