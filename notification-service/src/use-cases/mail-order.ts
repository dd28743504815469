import type { Trx } from '@sagacity/chassis/db/database';
import { TransientError } from '@sagacity/chassis/messaging/faults';
import { toCents, toDecimal } from '@sagacity/chassis/money/cents';
import type { OrderData } from '@sagacity/order-service/contract/events';
import { type Mail, type MailedOrder, orderMail, refundMail } from '../domain/mail.ts';
import { insertNotification } from '../persistence/notifications.ts';
import { findRecipient } from '../persistence/recipients.ts';

/** Queues the mail for an order's new status, where there is one. */
export async function mailOrder(trx: Trx, eventId: string, order: OrderData): Promise<void> {
  await mailUser(trx, { eventId, userId: order.user_id, orderId: order.order_id }, (name) =>
    orderMail(name, toMailed(order)),
  );
}

export interface Refund {
  readonly user_id: number;
  readonly order_id: number;
  readonly refund_amount: number;
  readonly currency: string;
}

/** Queues the mail for money that went back. */
export async function mailRefund(trx: Trx, eventId: string, refund: Refund): Promise<void> {
  const amount = inWords(refund.refund_amount, refund.currency);
  const entry = { eventId, userId: refund.user_id, orderId: refund.order_id };
  await mailUser(trx, entry, (name) => refundMail(name, refund.order_id, amount));
}

/** An event can come before that of its user: then it is tried again, never dropped. */
async function mailUser(
  trx: Trx,
  entry: { readonly eventId: string; readonly userId: number; readonly orderId: number },
  write: (name: string) => Mail | undefined,
): Promise<void> {
  const recipient = await findRecipient(trx, entry.userId);
  if (!recipient) throw new TransientError(`user ${entry.userId} is not known yet`);
  const mail = write(recipient.name);
  if (!mail || recipient.email === null) return;
  await insertNotification(trx, { ...entry, to: recipient.email, mail });
}

function toMailed(order: OrderData): MailedOrder {
  return {
    orderId: order.order_id,
    status: order.status,
    previousStatus: order.previous_status,
    reason: order.status_reason,
    total: inWords(order.total_amount, order.currency),
    lines: order.items.map((item) => ({
      name: item.product_name,
      quantity: item.quantity,
      total: inWords(item.total_price, order.currency),
    })),
    trackingNumber: order.tracking_number,
  };
}

function inWords(amount: number, currency: string): string {
  return `${toDecimal(toCents(amount))} ${currency}`;
}
