import type { Db } from '@sagacity/chassis/db/database';
import type { Place } from '@sagacity/chassis/http/places';
import type { OrderAnswer } from '../contract/orders.ts';
import { isSettled } from '../domain/order-status.ts';
import { getOrder } from '../persistence/orders.ts';
import { orderAnswer } from '../queries/order-answer.ts';
import type { OrderChanges } from './order-changes.ts';

/** The order once its saga has come to an end, or as it stands when the time is over or the place must be left. Frees the place. */
export async function untilSettled(
  deps: { readonly db: Db; readonly changes: OrderChanges },
  orderId: number,
  { waitMs, place }: { readonly waitMs: number; readonly place: Place },
): Promise<OrderAnswer> {
  const over = AbortSignal.any([place.signal, AbortSignal.timeout(waitMs)]);
  try {
    for (;;) {
      // Whoever waits registers before reading, so that no change falls between.
      const changed = deps.changes.next(orderId, over).then(
        () => true,
        () => false,
      );
      const order = orderAnswer(await getOrder(deps.db, orderId));
      if (isSettled(order.status) || !(await changed)) return order;
    }
  } finally {
    place.free();
  }
}
