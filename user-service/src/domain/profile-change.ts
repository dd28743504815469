import { DomainError } from '@sagacity/chassis/errors/domain-error';
import { normaliseEmail, type User } from './user.ts';

type Changeable = Omit<User, 'id' | 'version' | 'createdAt' | 'updatedAt'>;
export type ProfileChange = { readonly [K in keyof Changeable]?: Changeable[K] | undefined };

/** Why the sessions of a user end with a change. */
export type SessionEnd = 'role_change' | 'deactivation';

export type FieldChange = {
  readonly field: keyof ProfileChange | 'erased';
  readonly from: string | boolean | null;
  readonly to: string | boolean | null;
};

export interface ProfileDecision {
  readonly user: User;
  /** What differs; empty when the change says what is so already. */
  readonly changes: readonly FieldChange[];
  readonly endSessions: SessionEnd | undefined;
  /** True when the user was an active admin and no longer is one. */
  readonly losesAdmin: boolean;
}

/** Applies a change to a profile, with the next version if anything differs; throws `auth.forbidden` for what only admins may change. */
export function changeProfile(
  user: User,
  change: ProfileChange,
  { byAdmin }: { readonly byAdmin: boolean },
): ProfileDecision {
  if (!byAdmin && (change.role !== undefined || change.isActive !== undefined)) {
    throw new DomainError('auth.forbidden', 'Only an admin may change role and is_active.');
  }
  const wanted = change.email === undefined ? change : { ...change, email: normaliseEmail(change.email) };
  const changes = differences(user, wanted);
  if (changes.length === 0) return { user, changes, endSessions: undefined, losesAdmin: false };
  const changed: User = {
    ...user,
    ...Object.fromEntries(changes.map(({ field, to }) => [field, to])),
    version: user.version + 1,
  };
  return {
    user: changed,
    changes,
    endSessions: sessionEnd(user, changed),
    losesAdmin: isActiveAdmin(user) && !isActiveAdmin(changed),
  };
}

export function isActiveAdmin(user: User): boolean {
  return user.role === 'admin' && user.isActive;
}

function differences(user: User, change: ProfileChange): FieldChange[] {
  const fields = Object.keys(change) as (keyof ProfileChange)[];
  return fields.flatMap((field) => {
    const to = change[field];
    return to === undefined || to === user[field] ? [] : [{ field, from: user[field], to }];
  });
}

/** Tokens name the role, so they must not outlive it. */
function sessionEnd(before: User, after: User): SessionEnd | undefined {
  if (before.isActive && !after.isActive) return 'deactivation';
  return before.role === after.role ? undefined : 'role_change';
}
