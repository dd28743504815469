import { eventSchema } from '@sagacity/chassis/messaging/envelope';
import type { Static } from '@sagacity/chassis/schema/json-schema';
import * as fields from './fields.ts';

/** The only events that carry personal data: what a mail needs, and nothing more. */
const userData = {
  type: 'object',
  additionalProperties: false,
  required: ['user_id', 'email', 'username', 'first_name', 'role', 'is_active', 'created_at', 'updated_at'],
  properties: {
    user_id: fields.userId,
    email: { type: 'string' },
    username: { type: 'string' },
    first_name: { type: ['string', 'null'] },
    role: fields.role,
    is_active: { type: 'boolean' },
    created_at: fields.timestamp,
    updated_at: fields.timestamp,
  },
} as const;

const erasedData = {
  type: 'object',
  additionalProperties: false,
  required: ['user_id', 'erased_at'],
  properties: { user_id: fields.userId, erased_at: fields.timestamp },
} as const;

/** Somebody registered, or the first admin was made. */
export const userCreated = eventSchema('user.created', userData);

/** Profile, role or activity changed; the data are those after the change. */
export const userUpdated = eventSchema('user.updated', userData);

/** All personal data of this user are to be forgotten; no event of this user follows. */
export const userErased = eventSchema('user.erased', erasedData);

export type UserData = Static<typeof userData>;
export type UserErasedData = Static<typeof erasedData>;

/** What this service publishes, by routing key. */
export const userEvents = {
  'user.created': userCreated,
  'user.updated': userUpdated,
  'user.erased': userErased,
} as const;
