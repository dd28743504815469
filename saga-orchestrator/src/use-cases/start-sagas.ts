import { allEnded } from '@sagacity/chassis/db/all-ended';
import type { Trx } from '@sagacity/chassis/db/database';
import type { IncomingMessage } from '@sagacity/chassis/messaging/handlers';
import type { OrderCancelRequestedBody, OrderCreatedBody } from '@sagacity/order-service/contract/events';
import type { CancelRequest } from '../engine/instance.ts';
import {
  deleteEarlyCancel,
  type EarlyCancel,
  findEarlyCancels,
  insertEarlyCancel,
  lockOrders,
} from '../persistence/early-cancels.ts';
import type { PlaceOrderData } from '../sagas/place-order.ts';
import type { SagaSessions } from './saga-session.ts';

/** What this transaction knows of requests to cancel that wait for their saga. */
const waiting = new WeakMap<Trx, Map<string, EarlyCancel>>();

type OrderMessage = IncomingMessage<OrderCreatedBody | OrderCancelRequestedBody>;

/** Reads what a batch of order events needs, in statements that travel together: each sees what was committed when the one before it ended. */
export async function prepareOrderEvents(trx: Trx, sessions: SagaSessions, messages: readonly OrderMessage[]) {
  const orders = messages.map(({ body }) => body.data);
  const sagaIds = orders.map(({ saga_id }) => saga_id);
  const orderIds = orders.map(({ order_id }) => order_id);
  const [, , early] = await allEnded([
    lockOrders(trx, orderIds),
    sessions.of(trx).load(sagaIds),
    findEarlyCancels(trx, sagaIds),
  ]);
  waiting.set(trx, new Map(early.map((cancel) => [cancel.saga_id, cancel])));
}

/** An order was created: its saga begins, and turns back at once where somebody has asked to cancel before. */
export async function startPlaceOrder(trx: Trx, sessions: SagaSessions, message: IncomingMessage<OrderCreatedBody>) {
  const { data } = message.body;
  const session = sessions.of(trx);
  const cause = causeOf(message);
  const saga = { id: data.saga_id, orderId: data.order_id, userId: data.user_id, data: placeOrderData(data) };
  session.start(data.total_amount === 0 ? 'place-free-order' : 'place-order', saga, cause);
  const early = waiting.get(trx)?.get(data.saga_id);
  if (!early) return;
  await deleteEarlyCancel(trx, early.saga_id);
  waiting.get(trx)?.delete(early.saga_id);
  session.give(early.saga_id, { kind: 'cancel', cancel: byOrder(early.reason), messageId: early.message_id }, cause);
}

/** Somebody asked to cancel an order. When its saga is not there yet, the request waits for it. */
export async function requestCancel(
  trx: Trx,
  sessions: SagaSessions,
  message: IncomingMessage<OrderCancelRequestedBody>,
) {
  const { saga_id, order_id, status_reason } = message.body.data;
  const { messageId } = message;
  const session = sessions.of(trx);
  if (session.find(saga_id)) {
    session.give(saga_id, { kind: 'cancel', cancel: byOrder(status_reason), messageId }, causeOf(message));
    return;
  }
  const early: EarlyCancel = { saga_id, order_id, message_id: messageId, reason: status_reason };
  await insertEarlyCancel(trx, early);
  waiting.get(trx)?.set(saga_id, early);
}

const longestReason = 500;

function byOrder(reason: string | null): CancelRequest {
  return { by: 'order', actor: null, reason: reason?.slice(0, longestReason) ?? null };
}

function placeOrderData(order: OrderCreatedBody['data']): PlaceOrderData {
  return {
    order_id: order.order_id,
    user_id: order.user_id,
    items: order.items.map(({ product_id, quantity }) => ({ product_id, quantity })),
    amount: order.total_amount,
    currency: order.currency,
    method: order.payment_method,
  };
}

function causeOf({ messageId, context }: IncomingMessage) {
  return { messageId, ...(context.traceparent === undefined ? {} : { traceparent: context.traceparent }) };
}
