import { availableParallelism } from 'node:os';
import type { TokenVerifier } from '@sagacity/chassis/auth/token-verifier';
import type { Db } from '@sagacity/chassis/db/database';
import type { Route } from '@sagacity/chassis/http/route';
import type { Logger } from '@sagacity/chassis/logging/logger';
import type { Redis } from 'ioredis';
import type { Registry } from 'prom-client';
import type { UserServiceConfig } from './config.ts';
import { createAccessTokenIssuer } from './credentials/access-token.ts';
import { createAuthMetrics } from './credentials/auth-metrics.ts';
import { createKeyRing, type KeyRing } from './credentials/key-ring.ts';
import { createLoginPace } from './credentials/login-pace.ts';
import { type Argon2, createPasswordHasher, argon2 as realArgon2 } from './credentials/password-hasher.ts';
import { authRoutes } from './http/auth-routes.ts';
import { jwksRoute } from './http/jwks-route.ts';
import { listRoutes } from './http/list-routes.ts';
import { userRoutes } from './http/user-routes.ts';
import { createRevocationAnnouncer, type RevocationAnnouncer } from './sessions/revocation-announcer.ts';
import { createSessionVerifier } from './sessions/session-verifier.ts';
import type { UseCaseDeps } from './use-cases/deps.ts';

export interface IdentityOptions {
  readonly db: Db;
  readonly redis: Redis;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly config: UserServiceConfig;
  readonly argon2?: Argon2;
}

/** Accounts and sessions put together: what the process starts, serves and verifies tokens with. */
export interface Identity {
  readonly deps: UseCaseDeps;
  readonly keyRing: KeyRing;
  readonly announcer: RevocationAnnouncer;
  readonly routes: readonly Route[];
  readonly verifyToken: TokenVerifier;
}

export function createIdentity({
  db,
  redis,
  logger,
  registry,
  config,
  argon2 = realArgon2,
}: IdentityOptions): Identity {
  const { JWT_ISSUER: issuer, JWT_AUDIENCE: audience } = config;
  const metrics = createAuthMetrics(registry);
  const keyRing = createKeyRing({ db, logger });
  const announcer = createRevocationAnnouncer({ db, redis, logger });
  const deps: UseCaseDeps = {
    db,
    logger,
    metrics,
    announcer,
    issueAccessToken: createAccessTokenIssuer({ signingKey: keyRing.signingKey, issuer, audience }),
    hasher: createPasswordHasher({
      argon2,
      metrics,
      atOnce: config.PASSWORD_HASHES_AT_ONCE || availableParallelism(),
      waiting: config.PASSWORD_HASHES_WAITING,
    }),
    loginPace: createLoginPace({
      redis,
      metrics,
      logger,
      attempts: config.RATE_LIMIT_LOGIN_ACCOUNT_PER_15_MINUTES,
    }),
  };
  return {
    deps,
    keyRing,
    announcer,
    routes: [jwksRoute(keyRing), ...authRoutes(deps), ...userRoutes(deps), ...listRoutes(db)],
    verifyToken: createSessionVerifier({ db, keyRing, issuer, audience }),
  };
}
