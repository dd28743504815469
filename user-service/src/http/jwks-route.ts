import { ok } from '@sagacity/chassis/http/answers';
import { type Route, route } from '@sagacity/chassis/http/route';
import { jwks } from '../contract/auth.ts';
import type { KeyRing } from '../credentials/key-ring.ts';

export function jwksRoute(keyRing: KeyRing): Route {
  return route({
    method: 'get',
    path: '/.well-known/jwks.json',
    operationId: 'getKeys',
    summary: 'Public keys with which access tokens are checked',
    access: 'public',
    ignoresToken: true,
    answers: { 200: { description: 'The keys', schema: jwks } },
    handle: async () => ok(keyRing.jwks(), { 'cache-control': 'public, max-age=300' }),
  });
}
