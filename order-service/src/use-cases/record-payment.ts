import type { Trx } from '@sagacity/chassis/db/database';
import { afterCommit } from '@sagacity/chassis/db/transaction';
import type { PaymentStatus } from '../contract/fields.ts';
import { savePaymentStatus } from '../persistence/orders.ts';
import type { AnnounceChange } from './deps.ts';

/** From which payment status each may follow, so that events which come late or twice change nothing. */
const predecessors = {
  captured: ['pending', 'authorized'],
  voided: ['pending', 'authorized', 'failed'],
  partially_refunded: ['pending', 'authorized', 'captured'],
  refunded: ['pending', 'authorized', 'captured', 'partially_refunded', 'voided'],
  failed: ['pending'],
} as const satisfies Partial<Record<PaymentStatus, readonly PaymentStatus[]>>;

/** Notes what became of an order's money, as payment events tell it. */
export async function recordPayment(
  trx: Trx,
  announce: AnnounceChange,
  orderId: number,
  status: keyof typeof predecessors,
): Promise<void> {
  const isNews = await savePaymentStatus(trx, { orderId, status, after: predecessors[status] });
  if (isNews) afterCommit(trx, () => announce(orderId));
}
