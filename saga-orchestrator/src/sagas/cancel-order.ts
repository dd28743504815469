import { orderCommands } from '@sagacity/order-service/contract/commands';
import { paymentCommands } from '@sagacity/payment-service/contract/commands';
import { stockCommands } from '@sagacity/product-service/contract/commands';
import { command, defineSaga, retriable, together } from '../engine/definition.ts';

export interface CancelOrderData {
  readonly order_id: number;
  readonly reason: string;
}

const refundPayment = command<CancelOrderData>(paymentCommands.refund, ({ order_id, reason }) => ({
  order_id,
  reason,
}));
const returnStock = command<CancelOrderData>(stockCommands.giveBack, ({ order_id }) => ({ order_id }));
const endOrder = command<CancelOrderData>(orderCommands.end, ({ order_id, reason }) => ({
  order_id,
  status: 'cancelled',
  reason,
}));

/** From a completed order that is `cancelling` to `cancelled`: its pivot was the order's own change of status, so it only goes forward. */
export const cancelOrder = defineSaga<CancelOrderData>({
  type: 'cancel-order',
  version: 1,
  steps: [
    together(
      retriable('refund-payment', { command: refundPayment, timeoutMs: 15_000 }),
      retriable('return-stock', { command: returnStock }),
    ),
    retriable('end-order', { command: endOrder }),
  ],
});
