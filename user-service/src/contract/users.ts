import { listOf, listParameters } from '@sagacity/chassis/lists/list-schemas';
import type { JsonSchema, Static } from '@sagacity/chassis/schema/json-schema';
import * as fields from './fields.ts';

export const user = {
  type: 'object',
  additionalProperties: false,
  required: [
    'id',
    'email',
    'username',
    'first_name',
    'last_name',
    'phone',
    'address',
    'role',
    'is_active',
    'created_at',
    'updated_at',
  ],
  properties: {
    id: fields.userId,
    email: { type: 'string' },
    username: { type: 'string' },
    first_name: fields.optionalName,
    last_name: fields.optionalName,
    phone: fields.optionalPhone,
    address: fields.optionalAddress,
    role: fields.role,
    is_active: { type: 'boolean' },
    created_at: fields.timestamp,
    updated_at: fields.timestamp,
  },
} as const satisfies JsonSchema;

export type UserAnswer = Static<typeof user>;

/** Any of the fields; null empties an optional one. `role` and `is_active` are for admins. */
export const userChange = {
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  properties: {
    email: fields.email,
    username: fields.username,
    first_name: fields.optionalName,
    last_name: fields.optionalName,
    phone: fields.optionalPhone,
    address: fields.optionalAddress,
    role: fields.role,
    is_active: { type: 'boolean' },
  },
} as const satisfies JsonSchema;

export const passwordChange = {
  type: 'object',
  additionalProperties: false,
  required: ['current_password', 'new_password'],
  properties: { current_password: fields.givenPassword, new_password: fields.newPassword },
} as const satisfies JsonSchema;

export const userParams = {
  type: 'object',
  required: ['user_id'],
  properties: { user_id: fields.userId },
} as const satisfies JsonSchema;

export const usersQuery = {
  type: 'object',
  additionalProperties: false,
  required: ['limit'],
  properties: { ...listParameters, role: fields.role, is_active: { type: 'boolean' } },
} as const satisfies JsonSchema;

export const users = listOf(user) satisfies JsonSchema;

/** What an admin changed in somebody's account, a field a row. */
export const adminChange = {
  type: 'object',
  additionalProperties: false,
  required: ['id', 'admin_id', 'field', 'old_value', 'new_value', 'request_id', 'changed_at'],
  properties: {
    id: { type: 'integer' },
    admin_id: fields.userId,
    field: { type: 'string' },
    old_value: { type: ['string', 'null'] },
    new_value: { type: ['string', 'null'] },
    request_id: { type: 'string' },
    changed_at: fields.timestamp,
  },
} as const satisfies JsonSchema;

export const adminChanges = listOf(adminChange) satisfies JsonSchema;
