import { DomainError } from '@sagacity/chassis/errors/domain-error';
import { eventStream, noContent, ok } from '@sagacity/chassis/http/answers';
import type { Places } from '@sagacity/chassis/http/places';
import { lastEventId } from '@sagacity/chassis/http/request-headers';
import { type Route, route } from '@sagacity/chassis/http/route';
import { paymentsSchema } from '@sagacity/payment-service/contract/http';
import { orderPath } from '../contract/orders.ts';
import { isFinal } from '../domain/order-status.ts';
import type { FetchPayments } from '../queries/fetch-payments.ts';
import { readOrder } from '../queries/read-order.ts';
import type { UseCaseDeps } from '../use-cases/deps.ts';
import { type TrackingDeps, trackOrder } from '../waiting/track-order.ts';
import { readLastEventId } from './request-preferences.ts';

/** Following an order: its states as they come, and its payments. */
export function trackingRoutes(
  deps: UseCaseDeps & TrackingDeps & { readonly places: Places; readonly fetchPayments: FetchPayments },
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
      answers: {
        200: { description: 'Events until the last state', contentType: 'text/event-stream' },
        204: { description: 'The client has seen the last state: it need not come back' },
      },
      problems: ['order.not_found', 'service.unavailable'],
      handle: async ({ params, actor, header, signal }) => {
        const order = await readOrder(deps.db, actor, params.order_id);
        const after = readLastEventId(header('last-event-id'));
        if (isFinal(order.status) && after === order.version) return noContent();
        const place = deps.places.take(signal);
        if (!place) throw tooMany();
        return eventStream(trackOrder(deps, params.order_id, { after, place }));
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
      handle: async ({ params, actor, header, requestId, deadlineMs }) => {
        await readOrder(deps.db, actor, params.order_id);
        const caller = { authorization: header('authorization') ?? '', requestId, deadlineMs };
        return ok(await deps.fetchPayments(params.order_id, caller));
      },
    }),
  ];
}

function tooMany(): DomainError {
  return new DomainError('service.unavailable', 'Too many orders are being followed right now.', {
    retryAfterSeconds: 5,
  });
}
