import type { Static } from '@sagacity/chassis/schema/json-schema';
import type { userChange } from '../contract/users.ts';
import type { ProfileChange } from '../domain/profile-change.ts';

/** The change that a request body asks for; fields that are not in it stay undefined. */
export function toProfileChange(body: Static<typeof userChange>): ProfileChange {
  const { first_name: firstName, last_name: lastName, is_active: isActive, ...same } = body;
  return { ...same, firstName, lastName, isActive };
}
