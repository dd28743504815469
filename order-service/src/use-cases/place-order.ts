import type { Trx } from '@sagacity/chassis/db/database';
import { uuid7 } from '@sagacity/chassis/ids/uuid7';
import { toCents } from '@sagacity/chassis/money/cents';
import type { OrderAnswer, PlaceOrderBody } from '../contract/orders.ts';
import { type QuotedOrder, quoteLines } from '../domain/quote-lines.ts';
import { insertOrder } from '../persistence/orders.ts';
import { orderAnswer } from '../queries/order-answer.ts';
import type { Asker, UseCaseDeps } from './deps.ts';
import { type IdempotencyKey, onceForKey, type PlacedOrder } from './once-for-key.ts';
import { appendOrderEvent } from './order-events.ts';

export interface PlaceOrderInput extends Asker {
  readonly body: PlaceOrderBody;
  readonly idempotencyKey: IdempotencyKey | undefined;
  /** When the caller gives up. */
  readonly deadlineMs: number | undefined;
}

/** Accepts an order as pending: order, items, history, idempotency key and `order.created` in one transaction. */
export async function placeOrder(deps: UseCaseDeps, input: PlaceOrderInput): Promise<PlacedOrder> {
  return onceForKey(deps.db, input.idempotencyKey, async () => {
    const quoted = await quote(deps, input);
    return (claim) =>
      deps.commit(async (trx) => {
        await claim?.begin(trx);
        const order = await insert(trx, deps, input, quoted);
        await claim?.store(trx, order);
        return order;
      });
  });
}

async function quote(deps: UseCaseDeps, { body, requestId, deadlineMs }: PlaceOrderInput): Promise<QuotedOrder> {
  const wanted = body.items.map(({ product_id, quantity }) => ({ productId: product_id, quantity }));
  const productIds = [...new Set(wanted.map(({ productId }) => productId))];
  const quotes = await deps.fetchQuotes(productIds, { requestId, deadlineMs });
  return quoteLines(wanted, quotes, body.expected_total === undefined ? undefined : toCents(body.expected_total));
}

async function insert(trx: Trx, deps: UseCaseDeps, input: PlaceOrderInput, quoted: QuotedOrder): Promise<OrderAnswer> {
  const { body, actor, requestId, traceparent } = input;
  const order = await insertOrder(trx, {
    ...quoted,
    userId: actor.userId,
    sagaId: uuid7(),
    shippingAddress: body.shipping_address,
    billingAddress: body.billing_address ?? body.shipping_address,
    payment: body.payment_method ?? deps.defaultPayment,
    paymentStatus: quoted.totalCents === 0 ? 'not_required' : 'pending',
  });
  appendOrderEvent(trx, 'order.created', order, { previous: null, causationId: requestId, traceparent });
  return orderAnswer(order);
}
