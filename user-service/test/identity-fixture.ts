import { createHttpApp } from '@sagacity/chassis/http/app';
import { silentLogger } from '@sagacity/chassis/logging/logger';
import { createRedis } from '@sagacity/chassis/redis/client';
import { cloneDatabase, type TestDatabase } from '@sagacity/chassis/test-kit/database';
import { type HttpAnswer, serve, type TestServer } from '@sagacity/chassis/test-kit/http';
import { testServer } from '@sagacity/chassis/test-kit/servers';
import type { Redis } from 'ioredis';
import { Registry } from 'prom-client';
import { readConfig } from '../src/config.ts';
import { type Argon2, argon2 as realArgon2 } from '../src/credentials/password-hasher.ts';
import { problems } from '../src/http/problems.ts';
import { createIdentity, type Identity } from '../src/identity.ts';

/** The user service's HTTP side on a real database and Redis; it counts the work that passwords cost. */
export interface IdentityFixture {
  readonly database: TestDatabase;
  readonly redis: Redis;
  readonly identity: Identity;
  readonly server: TestServer;
  readonly hashing: { hashed: number; verified: number };
  register(overrides?: object): Promise<HttpAnswer>;
  logIn(username: string, secret?: string): Promise<HttpAnswer>;
  /** Registers somebody and logs in; with a role set by hand when it is not `user`. */
  member(username: string, role?: 'user' | 'admin'): Promise<{ id: number; token: string; refreshToken: string }>;
  stop(): Promise<void>;
}

export const secret = 'a long enough passphrase';

export async function startIdentity(environment: Record<string, string> = {}): Promise<IdentityFixture> {
  const database = await cloneDatabase('users_db', 'user_service');
  const redis = createRedis({
    url: testServer('TEST_REDIS_URL'),
    connectionName: 'identity test',
    logger: silentLogger,
  });
  await redis.connect();
  const registry = new Registry();
  const hashing = { hashed: 0, verified: 0 };
  const argon2: Argon2 = {
    hash: (password) => {
      hashing.hashed += 1;
      return realArgon2.hash(password);
    },
    verify: (hashed, password) => {
      hashing.verified += 1;
      return realArgon2.verify(hashed, password);
    },
  };
  const config = readConfig({ DATABASE_URL: database.url, AMQP_URL: 'amqp://unused', ...environment });
  const identity = createIdentity({ db: database.db, redis, logger: silentLogger, registry, config, argon2 });
  await identity.keyRing.start();
  await identity.announcer.start();
  const server = await serve(
    createHttpApp({
      logger: silentLogger,
      metrics: registry,
      routes: identity.routes,
      verifyToken: identity.verifyToken,
      problems,
      readiness: {},
    }),
  );
  const logIn = (username: string, password = secret) =>
    server.call('POST', '/auth/login', { body: { username, password } });
  const register = (overrides: object = {}) =>
    server.call('POST', '/auth/register', {
      body: { email: 'ada@example.com', username: 'ada', password: secret, ...overrides },
    });
  return {
    database,
    redis,
    identity,
    server,
    hashing,
    register,
    logIn,
    member: async (username, role = 'user') => {
      const { body } = await register({ username, email: `${username}@example.com` });
      if (role === 'admin') await database.db('users').where({ id: body.id }).update({ role });
      const session = await logIn(username);
      return { id: body.id, token: session.body.access_token, refreshToken: session.body.refresh_token };
    },
    stop: async () => {
      await server.stop();
      await identity.announcer.stop();
      await identity.keyRing.stop();
      redis.disconnect();
      await database.drop();
    },
  };
}
