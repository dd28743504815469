import { exchanges } from '@sagacity/chassis/messaging/envelope';
import { type HandlerTable, handler, independently } from '@sagacity/chassis/messaging/handlers';
import type { QueueSpec } from '@sagacity/chassis/messaging/topology';
import { toCents } from '@sagacity/chassis/money/cents';
import {
  paymentCaptured,
  paymentFailed,
  paymentRefunded,
  paymentVoided,
} from '@sagacity/payment-service/contract/events';
import type { AnnounceChange } from '../use-cases/deps.ts';
import { recordPayment } from '../use-cases/record-payment.ts';

export const paymentEventsQueue: QueueSpec = {
  name: 'order-service.payment-events',
  bindings: [
    {
      exchange: exchanges.events,
      keys: ['payment.captured', 'payment.voided', 'payment.refunded', 'payment.failed'],
    },
  ],
};

/** Keeps each order's payment status in step with its payment. */
export function paymentEventHandlers(announce: AnnounceChange): HandlerTable {
  return independently({
    'payment.captured': handler(paymentCaptured, (trx, { body }) =>
      recordPayment(trx, announce, body.data.order_id, 'captured'),
    ),
    'payment.voided': handler(paymentVoided, (trx, { body }) =>
      recordPayment(trx, announce, body.data.order_id, 'voided'),
    ),
    'payment.refunded': handler(paymentRefunded, (trx, { body }) =>
      recordPayment(trx, announce, body.data.order_id, refundStatus(body.data)),
    ),
    'payment.failed': handler(paymentFailed, (trx, { body }) =>
      recordPayment(trx, announce, body.data.order_id, 'failed'),
    ),
  });
}

function refundStatus({ captured_amount, refunded_amount }: { captured_amount: number; refunded_amount: number }) {
  return toCents(refunded_amount) < toCents(captured_amount) ? 'partially_refunded' : 'refunded';
}
