import { type Actor, mayAccess } from '@sagacity/chassis/auth/actor';
import type { Db } from '@sagacity/chassis/db/database';
import type { OrderAnswer } from '../contract/orders.ts';
import { orderNotFound } from '../domain/order-not-found.ts';
import { findOrder } from '../persistence/orders.ts';
import { orderAnswer } from './order-answer.ts';

/** One order; somebody else's is `order.not_found`, as if it did not exist. */
export async function readOrder(db: Db, actor: Actor, orderId: number): Promise<OrderAnswer> {
  const order = await findOrder(db, orderId);
  if (!order || !mayAccess(actor, order.user_id)) throw orderNotFound();
  return orderAnswer(order);
}
