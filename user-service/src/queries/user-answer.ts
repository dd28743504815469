import type { UserAnswer } from '../contract/users.ts';
import type { User } from '../domain/user.ts';

/** A user as the API shows it: never a hash, never the version, which is the entity tag. */
export function toUserAnswer(user: User): UserAnswer {
  return {
    id: user.id,
    email: user.email,
    username: user.username,
    first_name: user.firstName,
    last_name: user.lastName,
    phone: user.phone,
    address: user.address,
    role: user.role,
    is_active: user.isActive,
    created_at: user.createdAt.toISOString(),
    updated_at: user.updatedAt.toISOString(),
  };
}
