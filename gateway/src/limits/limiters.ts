import { DomainError } from '@sagacity/chassis/errors/domain-error';
import type { Request, RequestHandler, Response } from 'express';
import { ipKeyGenerator, MemoryStore, type RateLimitInfo, rateLimit } from 'express-rate-limit';
import type { Redis } from 'ioredis';
import { RedisStore } from 'rate-limit-redis';
import type { GatewayConfig } from '../config.ts';
import { actorOf } from '../http/authenticate.ts';
import type { RedisUse } from '../metrics.ts';
import type { LimitName } from '../routes.ts';
import { FallbackStore } from './fallback-store.ts';
import { scriptSender } from './redis-eval.ts';

export interface Limiters {
  readonly address: RequestHandler;
  readonly user: RequestHandler;
  readonly named: Readonly<Record<LimitName, RequestHandler>>;
}

interface Limit {
  readonly name: string;
  readonly limit: number;
  readonly windowMs: number;
  readonly keyOf: (request: Request, response: Response) => string;
  readonly skip?: (request: Request, response: Response) => boolean;
}

const minuteMs = 60_000;

/** The limiters, counting in Redis for all gateways together; RateLimit headers as in draft 8, 429 with Retry-After when it is too much. */
export function createLimiters(
  config: GatewayConfig,
  deps: { readonly redis: Redis; readonly redisUse: RedisUse },
): Limiters {
  const sendCommand = scriptSender(deps.redis);
  const limiter = (spec: Limit) => {
    const prefix = `limit:${spec.name}:`;
    return rateLimit({
      identifier: spec.name,
      limit: spec.limit,
      windowMs: spec.windowMs,
      standardHeaders: 'draft-8',
      legacyHeaders: false,
      keyGenerator: spec.keyOf,
      store: new FallbackStore({
        prefix,
        shared: new RedisStore({ prefix, sendCommand }),
        local: new MemoryStore(),
        redisUse: deps.redisUse,
      }),
      skip: spec.skip ?? (() => false),
      handler: (request, _response, next) => next(tooMany(request)),
    });
  };
  return {
    address: limiter({
      name: 'address',
      limit: config.RATE_LIMIT_ADDRESS_PER_MINUTE,
      windowMs: minuteMs,
      keyOf: addressOf,
    }),
    user: limiter({
      name: 'user',
      limit: config.RATE_LIMIT_USER_PER_MINUTE,
      windowMs: minuteMs,
      keyOf: userOf,
      skip: (_request, response) => actorOf(response) === undefined,
    }),
    named: {
      login: limiter({
        name: 'login',
        limit: config.RATE_LIMIT_LOGIN_ADDRESS_PER_15_MINUTES,
        windowMs: 15 * minuteMs,
        keyOf: addressOf,
      }),
      register: limiter({
        name: 'register',
        limit: config.RATE_LIMIT_REGISTER_PER_HOUR,
        windowMs: 60 * minuteMs,
        keyOf: addressOf,
      }),
      orders: limiter({
        name: 'orders',
        limit: config.RATE_LIMIT_ORDERS_PER_MINUTE,
        windowMs: minuteMs,
        keyOf: userOf,
      }),
    },
  };
}

function addressOf(request: Request): string {
  return ipKeyGenerator(request.ip ?? '');
}

function userOf(_request: Request, response: Response): string {
  return String(actorOf(response)?.userId);
}

function tooMany(request: Request): DomainError {
  const { resetTime } = (request as Request & { rateLimit: RateLimitInfo }).rateLimit;
  const seconds = Math.max(1, Math.ceil(((resetTime?.getTime() ?? Date.now()) - Date.now()) / 1000));
  return new DomainError('request.rate_limited', `Too many requests; try again in ${seconds} s.`, {
    retryAfterSeconds: seconds,
  });
}
