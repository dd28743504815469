import { type Actor, isAdmin } from '@sagacity/chassis/auth/actor';
import { readBearer, type TokenVerifier } from '@sagacity/chassis/auth/token-verifier';
import { DomainError } from '@sagacity/chassis/errors/domain-error';
import type { RequestHandler, Response } from 'express';
import type { GatewayRoute } from '../routes.ts';
import type { SessionRevocations } from './revocations.ts';

/** Who was authenticated for this request, if anybody. */
export function actorOf(response: Response): Actor | undefined {
  return response.locals.actor as Actor | undefined;
}

/** Checks token, revocation and role for one route; a token sent to a public route must be valid too, unless the route ignores it. */
export function authenticate(
  route: GatewayRoute,
  deps: { readonly verifyToken: TokenVerifier; readonly revocations: SessionRevocations },
): RequestHandler {
  return async (request, response, next) => {
    if (route.ignoresToken) return next();
    const token = readBearer(request.headers.authorization);
    if (token === undefined) {
      if (route.access !== 'public') throw new DomainError('auth.required', 'An access token is required.');
      return next();
    }
    const actor = await deps.verifyToken(token);
    await refuseRevoked(actor, route, deps.revocations);
    if (route.access === 'admin' && !isAdmin(actor))
      throw new DomainError('auth.forbidden', 'This needs the admin role.');
    response.locals.actor = actor;
    response.locals.facts = { ...response.locals.facts, user_id: actor.userId };
    next();
  };
}

async function refuseRevoked(actor: Actor, route: GatewayRoute, revocations: SessionRevocations): Promise<void> {
  const state = await revocations.stateOf(actor.sessionId);
  if (state === 'revoked') throw new DomainError('auth.token_revoked', 'The session has ended; log in again.');
  if (state === 'unknown' && route.sensitive) {
    throw new DomainError('service.unavailable', 'Sessions cannot be checked right now; try again.', {
      retryAfterSeconds: 5,
    });
  }
}
