import { Readable } from 'node:stream';
import type { Db } from '@sagacity/chassis/db/database';
import type { Place } from '@sagacity/chassis/http/places';
import type { OrderAnswer } from '../contract/orders.ts';
import { isFinal } from '../domain/order-status.ts';
import { getOrder } from '../persistence/orders.ts';
import { orderAnswer } from '../queries/order-answer.ts';
import type { OrderChanges } from './order-changes.ts';

export interface TrackingDeps {
  readonly db: Db;
  readonly changes: OrderChanges;
  /** How often a silent stream says that it is still there. */
  readonly heartbeatMs: number;
  /** How long a stream lasts at most; its client comes back where it was, with a token that is still good. */
  readonly longestMs: number;
}

/** Words about changes can be lost; then a change is seen this much later. */
const pollMs = 5_000;

/**
 * An order's states as server-sent events, the present one first: `id` is the version, so that a client that comes back with
 * Last-Event-ID gets only what is new. Ends with the order's last state, or early when the time is over, the process is about to end
 * or the database is away: then the client comes back. Frees its place at the end.
 */
export function trackOrder(
  deps: TrackingDeps,
  orderId: number,
  { after, place }: { readonly after: number; readonly place: Place },
): Readable {
  const over = AbortSignal.any([place.signal, AbortSignal.timeout(deps.longestMs)]);
  return Readable.from(events(deps, orderId, { after, over }), { objectMode: true }).once('close', place.free);
}

async function* events(
  deps: TrackingDeps,
  orderId: number,
  { after, over }: { readonly after: number; readonly over: AbortSignal },
): AsyncGenerator<string> {
  let seen = after;
  let lastSent = performance.now();
  yield 'retry: 2000\n\n';
  while (!over.aborted) {
    // Whoever waits registers before reading, so that no change falls between.
    const changed = deps.changes.next(orderId, over, Math.min(pollMs, deps.heartbeatMs)).catch(() => undefined);
    const order = orderAnswer(await getOrder(deps.db, orderId));
    // Also when the client has seen a version that is still to come: it saw another order's.
    if (order.version !== seen) {
      seen = order.version;
      lastSent = performance.now();
      yield eventOf(order);
    } else if (performance.now() - lastSent >= deps.heartbeatMs) {
      lastSent = performance.now();
      yield ': still here\n\n';
    }
    if (isFinal(order.status)) return;
    await changed;
  }
}

function eventOf(order: OrderAnswer): string {
  const { id: order_id, status, status_reason, payment_status, tracking_number, version, updated_at } = order;
  const data = { order_id, status, status_reason, payment_status, tracking_number, version, updated_at };
  return `id: ${version}\nevent: status\ndata: ${JSON.stringify(data)}\n\n`;
}
