import { afterCommit, inTransaction } from '@sagacity/chassis/db/transaction';
import { assertIfMatch } from '@sagacity/chassis/http/etag';
import type { OrderAnswer } from '../contract/orders.ts';
import { assertFulfilment, type FulfilmentStatus } from '../domain/order-status.ts';
import { lockOrder, saveStatus } from '../persistence/orders.ts';
import { orderAnswer } from '../queries/order-answer.ts';
import { type Asker, nameOf, type UseCaseDeps } from './deps.ts';
import { appendOrderEvent } from './order-events.ts';

export interface ChangeStatusInput extends Asker {
  readonly orderId: number;
  readonly to: FulfilmentStatus;
  readonly reason: string | undefined;
  readonly trackingNumber: string | undefined;
  readonly ifMatch: string | undefined;
}

/** Moves an order along its way to the customer; for admins. */
export async function changeStatus(deps: UseCaseDeps, input: ChangeStatusInput): Promise<OrderAnswer> {
  return inTransaction(deps.db, async (trx) => {
    const order = await lockOrder(trx, input.orderId);
    assertIfMatch(input.ifMatch, order.version);
    assertFulfilment(order.status, input.to);
    const { trackingNumber, reason = null } = input;
    const moved = await saveStatus(trx, order, { to: input.to, actor: nameOf(input.actor), reason, trackingNumber });
    appendOrderEvent(trx, 'order.updated', moved, {
      previous: order.status,
      causationId: input.requestId,
      traceparent: input.traceparent,
    });
    afterCommit(trx, () => deps.announce(order.id));
    return orderAnswer(moved);
  });
}
