import { eventStream, ok } from '@sagacity/chassis/http/answers';
import { lastEventId } from '@sagacity/chassis/http/request-headers';
import { type Route, route } from '@sagacity/chassis/http/route';
import { paymentsSchema } from '@sagacity/payment-service/contract/http';
import { orderPath } from '../contract/orders.ts';
import type { FetchPayments } from '../queries/fetch-payments.ts';
import { readOrder } from '../queries/read-order.ts';
import type { UseCaseDeps } from '../use-cases/deps.ts';
import type { OrderChanges } from '../waiting/order-changes.ts';
import { trackOrder } from '../waiting/track-order.ts';

/** Following an order: its states as they come, and its payments. */
export function trackingRoutes(
  deps: UseCaseDeps & { readonly changes: OrderChanges; readonly fetchPayments: FetchPayments },
): Route[] {
  return [
    route({
      method: 'get',
      path: '/orders/:order_id/events',
      operationId: 'trackOrder',
      summary: "An order's states as server-sent events",
      access: 'user',
      params: orderPath,
      headers: [lastEventId],
      answers: { 200: { description: 'Events until the last state', contentType: 'text/event-stream' } },
      problems: ['order.not_found'],
      handle: async ({ params, actor, header, signal }) => {
        await readOrder(deps.db, actor, params.order_id);
        const after = Number(header('last-event-id') ?? 0) || 0;
        return eventStream(trackOrder(deps, params.order_id, { after, signal }));
      },
    }),
    route({
      method: 'get',
      path: '/orders/:order_id/payments',
      operationId: 'listOrderPayments',
      summary: "An order's payments: attempts, captures, refunds",
      access: 'user',
      params: orderPath,
      answers: { 200: { description: 'The payments, as the payment service has them', schema: paymentsSchema } },
      problems: ['order.not_found', 'service.unavailable'],
      handle: async ({ params, actor, header, requestId }) => {
        await readOrder(deps.db, actor, params.order_id);
        return ok(
          await deps.fetchPayments(params.order_id, { authorization: header('authorization') ?? '', requestId }),
        );
      },
    }),
  ];
}
