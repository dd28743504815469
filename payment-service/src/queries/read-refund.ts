import type { Db } from '@sagacity/chassis/db/database';
import type { RefundAnswer } from '../contract/http.ts';
import { paymentNotFound } from '../persistence/payments.ts';
import { type RefundRow, toRefund } from './payment-answer.ts';

/** A refund, for admins; throws `payment.not_found`. */
export async function readRefund(db: Db, id: number): Promise<RefundAnswer> {
  const row = (await db('refunds').where({ id }).first()) as RefundRow | undefined;
  if (!row) throw paymentNotFound();
  return toRefund(row);
}
