import { orderCommands } from '@sagacity/order-service/contract/commands';
import { paymentCommands } from '@sagacity/payment-service/contract/commands';
import { stockCommands } from '@sagacity/product-service/contract/commands';
import { command, compensatable, defineSaga, origin, pivot, retriable, together } from '../engine/definition.ts';

/** What an order's saga needs to know of the order. */
export interface PlaceOrderData {
  readonly order_id: number;
  readonly user_id: number;
  readonly items: readonly { readonly product_id: number; readonly quantity: number }[];
  /** With two decimals. */
  readonly amount: number;
  readonly currency: string;
  readonly method: { readonly provider: string; readonly token: string };
}

export const endOrder = command<PlaceOrderData>(orderCommands.end, ({ order_id }, ending) => ({ order_id, ...ending }));
export const reserveStock = command<PlaceOrderData>(stockCommands.reserve, ({ order_id, items }) => ({
  order_id,
  items,
}));
export const releaseStock = command<PlaceOrderData>(stockCommands.release, ({ order_id }) => ({ order_id }));
export const commitStock = command<PlaceOrderData>(stockCommands.commit, ({ order_id }) => ({ order_id }));
const chargePayment = command<PlaceOrderData>(paymentCommands.charge, ({ items: _items, ...charge }) => charge);
const refundPayment = command<PlaceOrderData>(paymentCommands.refund, ({ order_id }, { reason }) => ({
  order_id,
  reason,
}));
const capturePayment = command<PlaceOrderData>(paymentCommands.capture, ({ order_id }) => ({ order_id }));
export const confirmOrder = command<PlaceOrderData>(orderCommands.confirm, ({ order_id }) => ({ order_id }));
export const rejectIfPending = command<PlaceOrderData>(orderCommands.rejectIfPending, ({ order_id }) => ({ order_id }));

/** From `order.created` to a confirmed order that is paid and whose stock is committed; or back to where it began. */
export const placeOrder = defineSaga<PlaceOrderData>({
  type: 'place-order',
  version: 1,
  origin: origin('create-order', { compensation: endOrder }),
  steps: [
    compensatable('reserve-stock', { command: reserveStock, compensation: releaseStock }),
    compensatable('charge-payment', { command: chargePayment, compensation: refundPayment, timeoutMs: 15_000 }),
    pivot('confirm-order', { command: confirmOrder, abortOrLearn: rejectIfPending }),
    together(
      retriable('capture-payment', { command: capturePayment, timeoutMs: 15_000 }),
      retriable('commit-stock', { command: commitStock }),
    ),
  ],
  undoneBy: 'cancel-order',
});
