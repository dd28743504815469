import type { Trx } from '@sagacity/chassis/db/database';
import { toCents, toDecimal } from '@sagacity/chassis/money/cents';
import { saveHistory } from '../persistence/order-history.ts';

/** What an order event tells of an order at one version. */
export interface OrderState {
  readonly order_id: number;
  readonly user_id: number;
  readonly status: string;
  readonly total_amount: number;
  readonly currency: string;
  readonly item_count: number;
  readonly created_at: string;
  readonly updated_at: string;
}

/** Keeps the order in its owner's history unless a newer state is there. No event follows: nobody else reads this projection. */
export async function recordOrder(trx: Trx, order: OrderState, version: number): Promise<void> {
  await saveHistory(trx, {
    order_id: order.order_id,
    user_id: order.user_id,
    status: order.status,
    total_amount: toDecimal(toCents(order.total_amount)),
    currency: order.currency,
    item_count: order.item_count,
    version,
    created_at: order.created_at,
    updated_at: order.updated_at,
  });
}
