import type { Trx } from '@sagacity/chassis/db/database';
import { type CommandOutcome, done } from '@sagacity/chassis/participant/outcomes';
import { decideConfirm } from '../domain/order-status.ts';
import { lockOrder, saveUnconfirmable } from '../persistence/orders.ts';

/** Tells whether the pivot was passed; when it was not, it no longer can be, however late the confirmation arrives. */
export async function rejectIfPending(trx: Trx, orderId: number): Promise<CommandOutcome> {
  const order = await lockOrder(trx, orderId);
  if (decideConfirm(order.status, order.confirmable) === 'already_confirmed')
    return done({ outcome: 'already_confirmed' });
  await saveUnconfirmable(trx, orderId);
  return done({ outcome: 'aborted' });
}
