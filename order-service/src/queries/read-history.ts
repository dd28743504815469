import { type Actor, mayAccess } from '@sagacity/chassis/auth/actor';
import type { Db } from '@sagacity/chassis/db/database';
import type { HistoryAnswer } from '../contract/orders.ts';
import { orderNotFound } from '../domain/order-not-found.ts';
import type { OrderStatus } from '../domain/order-status.ts';

interface HistoryRow {
  readonly version: number;
  readonly from_status: OrderStatus | null;
  readonly to_status: OrderStatus;
  readonly actor: string;
  readonly reason: string | null;
  readonly at: Date;
}

/** Every change of an order's status, the oldest first, with who did it and why. */
export async function readHistory(db: Db, actor: Actor, orderId: number): Promise<HistoryAnswer> {
  const order = await db('orders').where({ id: orderId }).first<{ user_id: number }>('user_id');
  if (!order || !mayAccess(actor, order.user_id)) throw orderNotFound();
  const rows: HistoryRow[] = await db('order_status_history')
    .where({ order_id: orderId })
    .orderBy('version')
    .select('version', 'from_status', 'to_status', 'actor', 'reason', 'at');
  return { items: rows.map((row) => ({ ...row, at: row.at.toISOString() })) };
}
