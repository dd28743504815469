import type { JsonSchema, Static } from '@sagacity/chassis/schema/json-schema';
import * as fields from './fields.ts';
import { user } from './users.ts';

export const registration = {
  type: 'object',
  additionalProperties: false,
  required: ['email', 'username', 'password'],
  properties: {
    email: fields.email,
    username: fields.username,
    password: fields.newPassword,
    first_name: fields.optionalName,
    last_name: fields.optionalName,
    phone: fields.optionalPhone,
    address: fields.optionalAddress,
  },
} as const satisfies JsonSchema;

export type Registration = Static<typeof registration>;

/** The password and one of email and username. */
export const login = {
  type: 'object',
  additionalProperties: false,
  required: ['password'],
  minProperties: 2,
  maxProperties: 2,
  properties: {
    email: { type: 'string', minLength: 1, maxLength: 255, pattern: '^\\P{Cc}*$' },
    username: { type: 'string', minLength: 1, maxLength: 100, pattern: '^\\P{Cc}*$' },
    password: fields.givenPassword,
  },
  examples: [{ email: 'ada@example.com', password: 'correct horse battery' }],
} as const satisfies JsonSchema;

export type Login = Static<typeof login>;

export const refresh = {
  type: 'object',
  additionalProperties: false,
  required: ['refresh_token'],
  properties: { refresh_token: { type: 'string', minLength: 1, maxLength: 200 } },
} as const satisfies JsonSchema;

/** A pair of tokens: the access token is good for `expires_in` seconds, the refresh token for one use. */
export const tokenPair = {
  type: 'object',
  additionalProperties: false,
  required: ['access_token', 'token_type', 'expires_in', 'refresh_token', 'user'],
  properties: {
    access_token: { type: 'string' },
    token_type: { const: 'bearer' },
    expires_in: { type: 'integer' },
    refresh_token: { type: 'string' },
    user,
  },
} as const satisfies JsonSchema;

export type TokenPair = Static<typeof tokenPair>;

/** Public keys as RFC 7517 has them. */
export const jwks = {
  type: 'object',
  additionalProperties: false,
  required: ['keys'],
  properties: {
    keys: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['kty', 'n', 'e', 'kid', 'alg', 'use'],
        properties: {
          kty: { const: 'RSA' },
          n: { type: 'string' },
          e: { type: 'string' },
          kid: { type: 'string' },
          alg: { const: 'RS256' },
          use: { const: 'sig' },
        },
      },
    },
  },
} as const satisfies JsonSchema;
