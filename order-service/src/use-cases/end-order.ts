import type { Trx } from '@sagacity/chassis/db/database';
import { afterCommit } from '@sagacity/chassis/db/transaction';
import { type CommandOutcome, done } from '@sagacity/chassis/participant/outcomes';
import type { EndOrderData } from '../contract/commands.ts';
import { decideEnd } from '../domain/order-status.ts';
import { lockOrder, saveStatus } from '../persistence/orders.ts';
import type { AnnounceChange } from './deps.ts';
import { appendOrderEvent, type Cause } from './order-events.ts';

/** Ends an order whose money and stock are back: as cancelled when somebody asked for it, else as rejected with its reason. */
export async function endOrder(
  trx: Trx,
  announce: AnnounceChange,
  data: EndOrderData,
  cause: Cause,
): Promise<CommandOutcome> {
  const order = await lockOrder(trx, data.order_id);
  const end = decideEnd(order.status, data.status);
  if (end === 'nothing') return done({ status: order.status });
  // The customer's own words stay when the end is what he asked for.
  const reason = end === 'cancelled' ? order.status_reason : data.reason;
  const ended = await saveStatus(trx, order, { to: end, actor: 'saga', reason });
  const type = end === 'cancelled' ? 'order.cancelled' : 'order.updated';
  appendOrderEvent(trx, type, ended, { ...cause, previous: order.status });
  afterCommit(trx, () => announce(data.order_id));
  return done({ status: end });
}
