import type { Db } from '@sagacity/chassis/db/database';
import type { OrderAnswer } from '../contract/orders.ts';
import { isSettled } from '../domain/order-status.ts';
import { getOrder } from '../persistence/orders.ts';
import { orderAnswer } from '../queries/order-answer.ts';
import type { OrderChanges } from './order-changes.ts';

/** The order once its saga has come to an end, or as it stands when the time is over or the signal aborts. */
export async function untilSettled(
  deps: { readonly db: Db; readonly changes: OrderChanges },
  orderId: number,
  options: { readonly waitMs: number; readonly signal: AbortSignal },
): Promise<OrderAnswer> {
  const over = AbortSignal.any([options.signal, AbortSignal.timeout(options.waitMs)]);
  for (;;) {
    // Whoever waits registers before reading, so that no change falls between.
    const changed = deps.changes.next(orderId, over).then(
      () => true,
      () => false,
    );
    const order = orderAnswer(await getOrder(deps.db, orderId));
    if (isSettled(order.status) || !(await changed)) return order;
  }
}
