import type { Actor } from '@sagacity/chassis/auth/actor';
import type { Db } from '@sagacity/chassis/db/database';
import type { Commit } from '@sagacity/chassis/db/group-commit';
import type { Quote } from '../domain/quote-lines.ts';

/** Names, prices and availability of at least these products as the catalogue has them now; throws `service.unavailable` while it is away. */
export type FetchQuotes = (productIds: readonly number[], caller: QuoteCaller) => Promise<ReadonlyMap<number, Quote>>;

export interface QuoteCaller {
  readonly requestId: string;
  /** When the caller gives up, in milliseconds since 1970. */
  readonly deadlineMs: number | undefined;
}

/** Tells whoever waits for this order that it has changed; called after the commit, must not throw. */
export type AnnounceChange = (orderId: number) => void;

export interface UseCaseDeps {
  readonly db: Db;
  /** For new orders, which wait for no row of each other. */
  readonly commit: Commit;
  readonly fetchQuotes: FetchQuotes;
  readonly announce: AnnounceChange;
  readonly defaultPayment: { readonly provider: string; readonly token: string };
}

/** Who asks for something, and where the request belongs. */
export interface Asker {
  readonly actor: Actor;
  readonly requestId: string;
  readonly traceparent: string;
}

/** How the actor of a change is named in an order's history. */
export function nameOf(actor: Actor): string {
  return `${actor.roles.includes('admin') ? 'admin' : 'user'} ${actor.userId}`;
}
