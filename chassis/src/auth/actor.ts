/** Who calls: read from a verified access token, never from an identity header. */
export interface Actor {
  readonly userId: number;
  readonly roles: readonly string[];
  readonly sessionId: string;
}

export function isAdmin(actor: Actor): boolean {
  return actor.roles.includes('admin');
}

/** True when the actor owns the thing of this user, or is an admin. */
export function mayAccess(actor: Actor, ownerId: number): boolean {
  return actor.userId === ownerId || isAdmin(actor);
}
