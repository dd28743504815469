import type { Trx } from '@sagacity/chassis/db/database';
import { afterCommit } from '@sagacity/chassis/db/transaction';
import { type CommandOutcome, done, refused } from '@sagacity/chassis/participant/outcomes';
import { decideConfirm } from '../domain/order-status.ts';
import { lockOrder, saveStatus } from '../persistence/orders.ts';
import type { AnnounceChange } from './deps.ts';
import { appendOrderEvent, type Cause } from './order-events.ts';

/** The pivot of an order: pending becomes confirmed, unless somebody asked to cancel first. */
export async function confirmOrder(
  trx: Trx,
  announce: AnnounceChange,
  orderId: number,
  cause: Cause,
): Promise<CommandOutcome> {
  const order = await lockOrder(trx, orderId);
  switch (decideConfirm(order.status, order.confirmable)) {
    case 'already_confirmed':
      return done({ outcome: 'already_confirmed' });
    case 'cancelling':
      return refused('order.cancelling', 'The customer asked to cancel.');
    case 'ended':
      return refused('order.not_pending', `The order is ${order.status} and can no longer be confirmed.`);
    case 'confirm': {
      const confirmed = await saveStatus(trx, order, {
        to: 'confirmed',
        actor: 'saga',
        reason: null,
        paymentStatus: order.payment_status === 'pending' ? 'authorized' : order.payment_status,
      });
      appendOrderEvent(trx, 'order.updated', confirmed, { ...cause, previous: order.status });
      afterCommit(trx, () => announce(orderId));
      return done({ outcome: 'confirmed' });
    }
  }
}
