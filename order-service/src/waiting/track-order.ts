import { Readable } from 'node:stream';
import type { Db } from '@sagacity/chassis/db/database';
import type { OrderAnswer } from '../contract/orders.ts';
import { nextStatuses } from '../domain/order-status.ts';
import { getOrder } from '../persistence/orders.ts';
import { orderAnswer } from '../queries/order-answer.ts';
import type { OrderChanges } from './order-changes.ts';

const heartbeatMs = 15_000;

/**
 * An order's states as server-sent events, the present one first: `id` is the version, so that a client that comes back with
 * Last-Event-ID gets only what is new. Ends with the order's last state.
 */
export function trackOrder(
  deps: { readonly db: Db; readonly changes: OrderChanges },
  orderId: number,
  options: { readonly after: number; readonly signal: AbortSignal },
): Readable {
  return Readable.from(events(deps, orderId, options), { objectMode: true });
}

async function* events(
  deps: { readonly db: Db; readonly changes: OrderChanges },
  orderId: number,
  { after, signal }: { readonly after: number; readonly signal: AbortSignal },
): AsyncGenerator<string> {
  let seen = after;
  let lastSent = Date.now();
  while (!signal.aborted) {
    const changed = deps.changes.next(orderId, signal).catch(() => undefined);
    const order = orderAnswer(await getOrder(deps.db, orderId));
    if (order.version > seen) {
      seen = order.version;
      lastSent = Date.now();
      yield eventOf(order);
    } else if (Date.now() - lastSent > heartbeatMs) {
      lastSent = Date.now();
      yield ': still here\n\n';
    }
    if (nextStatuses(order.status).length === 0) return;
    await changed;
  }
}

function eventOf({
  id,
  status,
  status_reason,
  payment_status,
  tracking_number,
  version,
  updated_at,
}: OrderAnswer): string {
  const data = JSON.stringify({
    order_id: id,
    status,
    status_reason,
    payment_status,
    tracking_number,
    version,
    updated_at,
  });
  return `id: ${version}\nevent: status\ndata: ${data}\n\n`;
}
