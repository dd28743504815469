import { isAdmin, mayAccess } from '@sagacity/chassis/auth/actor';
import { afterCommit, inTransaction } from '@sagacity/chassis/db/transaction';
import type { OrderAnswer } from '../contract/orders.ts';
import { orderNotFound } from '../domain/order-not-found.ts';
import { decideCancel } from '../domain/order-status.ts';
import { lockOrder, saveStatus } from '../persistence/orders.ts';
import { orderAnswer } from '../queries/order-answer.ts';
import { type Asker, nameOf, type UseCaseDeps } from './deps.ts';
import { appendOrderEvent } from './order-events.ts';

export interface CancelOrderInput extends Asker {
  readonly orderId: number;
  readonly reason: string | undefined;
}

export interface CancelledOrder {
  readonly order: OrderAnswer;
  /** True when it is already at its end, so that nothing more is going to happen. */
  readonly over: boolean;
}

/** Asks for an order to be cancelled: it turns `cancelling` at once, and `cancelled` when money and stock are back. */
export async function cancelOrder(deps: UseCaseDeps, input: CancelOrderInput): Promise<CancelledOrder> {
  return inTransaction(deps.db, async (trx) => {
    const order = await lockOrder(trx, input.orderId);
    if (!mayAccess(input.actor, order.user_id)) throw orderNotFound();
    const decision = decideCancel(order.status, isAdmin(input.actor) ? 'admin' : 'owner');
    if (decision !== 'begin') return { order: orderAnswer(order), over: decision === 'over' };
    const reason = input.reason ?? 'customer';
    const moved = await saveStatus(trx, order, { to: 'cancelling', actor: nameOf(input.actor), reason });
    const cause = { previous: order.status, causationId: input.requestId, traceparent: input.traceparent };
    appendOrderEvent(trx, 'order.cancel_requested', moved, cause);
    appendOrderEvent(trx, 'order.updated', moved, cause);
    afterCommit(trx, () => deps.announce(order.id));
    return { order: orderAnswer(moved), over: false };
  });
}
