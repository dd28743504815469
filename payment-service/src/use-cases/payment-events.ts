import type { Trx } from '@sagacity/chassis/db/database';
import type { MessageContext } from '@sagacity/chassis/messaging/envelope';
import { fromCents } from '@sagacity/chassis/money/cents';
import { appendEvent } from '@sagacity/chassis/outbox/append';
import type { PaymentEventData } from '../contract/events.ts';
import type { Payment } from '../domain/payment.ts';
import type { Happening } from '../domain/settle-attempt.ts';

/** Appends the event of what happened to a payment; ids and amounts only. */
export function appendPaymentEvent(trx: Trx, payment: Payment, happening: Happening, context: MessageContext): void {
  appendEvent(trx, {
    type: happening.type,
    aggregate: { type: 'payment', id: payment.id, version: payment.version },
    data: { ...dataOf(payment), ...extras(happening) },
    occurredAt: new Date(),
    context,
  });
}

function dataOf(payment: Payment): PaymentEventData {
  return {
    payment_id: payment.id,
    order_id: payment.orderId,
    user_id: payment.userId,
    amount: fromCents(payment.amountCents),
    currency: payment.currency,
    captured_amount: fromCents(payment.capturedCents),
    refunded_amount: fromCents(payment.refundedCents),
  };
}

function extras(happening: Happening): object {
  if (happening.type === 'payment.refunded') return { refund_amount: fromCents(happening.refundCents) };
  return happening.type === 'payment.failed' ? { code: happening.code } : {};
}
