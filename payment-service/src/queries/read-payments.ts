import { type Actor, isAdmin, mayAccess } from '@sagacity/chassis/auth/actor';
import type { Db } from '@sagacity/chassis/db/database';
import type { PaymentAnswer } from '../contract/http.ts';
import { paymentNotFound } from '../persistence/payments.ts';
import { answersOf, type PaymentRow } from './payment-answer.ts';

/** The payments of an order that the actor may see, the oldest first; none for an order of somebody else, as for one that does not exist. */
export async function listPaymentsOfOrder(db: Db, actor: Actor, orderId: number): Promise<readonly PaymentAnswer[]> {
  const rows: PaymentRow[] = await db('payments').where({ order_id: orderId }).orderBy('id');
  return answersOf(
    db,
    rows.filter(({ user_id }) => mayAccess(actor, user_id)),
  );
}

/** A payment for its owner or an admin; throws `payment.not_found` for everybody else. */
export async function readPayment(db: Db, actor: Actor, id: number): Promise<PaymentAnswer> {
  const own = isAdmin(actor) ? { id } : { id, user_id: actor.userId };
  const rows: PaymentRow[] = await db('payments').where(own);
  const [answer] = await answersOf(db, rows);
  if (!answer) throw paymentNotFound();
  return answer;
}
