import { randomBytes } from 'node:crypto';
import type { Db } from '@sagacity/chassis/db/database';
import { createHttpApp } from '@sagacity/chassis/http/app';
import type { Route } from '@sagacity/chassis/http/route';
import { silentLogger } from '@sagacity/chassis/logging/logger';
import { createMetrics } from '@sagacity/chassis/metrics/metrics';
import { createRedis } from '@sagacity/chassis/redis/client';
import { cloneDatabase } from '@sagacity/chassis/test-kit/database';
import { type HttpAnswer, type HttpCall, serve } from '@sagacity/chassis/test-kit/http';
import { testServer } from '@sagacity/chassis/test-kit/servers';
import type { Redis } from 'ioredis';
import type { Registry } from 'prom-client';
import { readConfig } from '../../src/config.ts';
import { type Argon2, argon2 } from '../../src/credentials/password-hasher.ts';
import { problems } from '../../src/http/problems.ts';
import { createIdentity, type Identity } from '../../src/identity.ts';
import { assertAsDocumented } from './documented.ts';

export const password = 'a long enough passphrase';

export interface Person {
  readonly id: number;
  readonly email: string;
  readonly username: string;
}

export interface LoggedIn extends Person {
  readonly token: string;
  readonly refreshToken: string;
}

export interface IdentityFixture {
  readonly db: Db;
  readonly databaseUrl: string;
  readonly redis: Redis;
  readonly registry: Registry;
  readonly identity: Identity;
  readonly routes: readonly Route[];
  /** Calls of argon2 since the start, by function. */
  readonly argon2Calls: { hash: number; verify: number };
  /** Calls the service and holds the answer against its documentation. */
  call(method: string, path: string, options?: HttpCall): Promise<HttpAnswer>;
  /** Registers somebody new. */
  register(overrides?: object): Promise<Person>;
  logIn(person: Person): Promise<LoggedIn>;
  /** Registers somebody new and logs in. */
  somebody(): Promise<LoggedIn>;
  /** A new admin, logged in. */
  admin(): Promise<LoggedIn>;
  stop(): Promise<void>;
}

interface FixtureOptions {
  readonly settings?: Record<string, string>;
  readonly argon2?: Argon2;
  /** Default: the servers for tests, in a database of this service's tests. */
  readonly redisUrl?: string;
}

/** The service's HTTP side over a database of its own, without RabbitMQ. */
export async function createIdentityFixture(options: FixtureOptions = {}): Promise<IdentityFixture> {
  const database = await cloneDatabase('users_db', 'user_service');
  const redis = createRedis({
    url: options.redisUrl ?? testRedisUrl(),
    connectionName: 'test',
    logger: silentLogger,
  });
  await redis.connect().catch(() => undefined);
  const registry = createMetrics('user-service');
  const { counting, calls } = countCalls(options.argon2 ?? argon2);
  const config = readConfig({ DATABASE_URL: database.url, AMQP_URL: 'amqp://nowhere', ...options.settings });
  const identity = createIdentity({ db: database.db, redis, logger: silentLogger, registry, config, argon2: counting });
  await identity.keyRing.start();
  const { routes, verifyToken } = identity;
  const app = createHttpApp({ logger: silentLogger, metrics: registry, routes, verifyToken, problems, readiness: {} });
  const server = await serve(app);

  const call = async (method: string, path: string, request?: HttpCall) => {
    const answer = await server.call(method, path, request);
    assertAsDocumented(routes, method, path, answer);
    return answer;
  };
  const register = async (overrides: object = {}) => {
    const name = newName();
    const body = { email: `${name}@example.test`, username: name, password, ...overrides };
    return expectStatus(201, await call('POST', '/auth/register', { body })) as Person;
  };
  const logIn = async (person: Person) => {
    const { email } = person;
    const pair = expectStatus(200, await call('POST', '/auth/login', { body: { email, password } }));
    return { ...person, token: pair.access_token as string, refreshToken: pair.refresh_token as string };
  };
  return {
    db: database.db,
    databaseUrl: database.url,
    redis,
    registry,
    identity,
    routes,
    argon2Calls: calls,
    call,
    register,
    logIn,
    somebody: async () => logIn(await register()),
    admin: async () => {
      const person = await register();
      await database.db('users').where('id', person.id).update({ role: 'admin' });
      return logIn(person);
    },
    stop: async () => {
      await server.stop();
      await identity.keyRing.stop();
      redis.disconnect();
      await database.drop();
    },
  };
}

export function newName(): string {
  return `user-${randomBytes(6).toString('hex')}`;
}

/** Redis database 9 is this service's tests' own. */
export function testRedisUrl(): string {
  return `${testServer('TEST_REDIS_URL').replace(/\/$/, '')}/9`;
}

function expectStatus(status: number, answer: HttpAnswer): HttpAnswer['body'] {
  if (answer.status !== status) throw new Error(`answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

function countCalls(inner: Argon2) {
  const calls = { hash: 0, verify: 0 };
  const counting: Argon2 = {
    hash: (text) => {
      calls.hash += 1;
      return inner.hash(text);
    },
    verify: (hashed, text) => {
      calls.verify += 1;
      return inner.verify(hashed, text);
    },
  };
  return { counting, calls };
}
