import { accepted, created, ok } from '@sagacity/chassis/http/answers';
import { etagOf, okOrNotModified } from '@sagacity/chassis/http/etag';
import type { Places } from '@sagacity/chassis/http/places';
import { etagHeader, idempotencyKey, ifMatch, ifNoneMatch, prefer } from '@sagacity/chassis/http/request-headers';
import { type Route, route } from '@sagacity/chassis/http/route';
import {
  cancelOrderBody,
  changeStatusBody,
  historySchema,
  orderPath,
  orderSchema,
  placeOrderBody,
} from '../contract/orders.ts';
import { readHistory } from '../queries/read-history.ts';
import { readOrder } from '../queries/read-order.ts';
import { cancelOrder } from '../use-cases/cancel-order.ts';
import { changeStatus } from '../use-cases/change-status.ts';
import type { UseCaseDeps } from '../use-cases/deps.ts';
import { placeOrder } from '../use-cases/place-order.ts';
import type { OrderChanges } from '../waiting/order-changes.ts';
import { untilSettled } from '../waiting/until-settled.ts';
import { readScopedKey, readWaitSeconds } from './request-preferences.ts';

/** Placing, reading and changing one order. */
export function orderRoutes(deps: UseCaseDeps & { readonly changes: OrderChanges; readonly places: Places }): Route[] {
  return [
    route({
      method: 'post',
      path: '/orders',
      operationId: 'placeOrder',
      summary: 'Place an order; it is pending until its saga has ended',
      access: 'user',
      body: placeOrderBody,
      headers: [idempotencyKey, prefer],
      answers: {
        201: {
          description: 'The order was accepted',
          schema: orderSchema,
          headers: {
            Location: 'Where the order is.',
            ...etagHeader,
            'Idempotency-Replayed': 'true when the order was made by an earlier request.',
            'Preference-Applied': 'The wait that was granted.',
          },
        },
      },
      problems: [
        'order.product_unknown',
        'order.out_of_stock',
        'order.price_changed',
        'order.currency_mixed',
        'order.total_too_large',
        'idempotency.in_flight',
        'idempotency.key_reused',
        'idempotency.key_invalid',
        'service.unavailable',
      ],
      handle: async (request) => {
        const scope = { userId: request.actor.userId, route: 'POST /orders', body: request.body };
        const key = readScopedKey(request.header('idempotency-key'), scope);
        const { order, replayed } = await placeOrder(deps, { ...request, idempotencyKey: key });
        const headers = replayed ? { 'idempotency-replayed': 'true' } : {};
        const seconds = readWaitSeconds(request.header('prefer'));
        const place = seconds > 0 ? deps.places.take(request.signal) : undefined;
        if (!place) return created(`/orders/${order.id}`, order, { ...headers, etag: etagOf(order.version) });
        const settled = await untilSettled(deps, order.id, { waitMs: seconds * 1_000, place });
        const applied = { ...headers, etag: etagOf(settled.version), 'preference-applied': `wait=${seconds}` };
        return created(`/orders/${order.id}`, settled, applied);
      },
    }),
    route({
      method: 'get',
      path: '/orders/:order_id',
      operationId: 'getOrder',
      summary: 'One order',
      access: 'user',
      params: orderPath,
      headers: [ifNoneMatch],
      answers: {
        200: { description: 'The order', schema: orderSchema, headers: etagHeader },
        304: { description: 'Unchanged' },
      },
      problems: ['order.not_found'],
      handle: async ({ params, actor, header }) => {
        const order = await readOrder(deps.db, actor, params.order_id);
        return okOrNotModified(order, order.version, header('if-none-match'));
      },
    }),
    route({
      method: 'get',
      path: '/orders/:order_id/history',
      operationId: 'getOrderHistory',
      summary: 'Every change of an order, with who and why',
      access: 'user',
      params: orderPath,
      answers: { 200: { description: 'The changes, the oldest first', schema: historySchema } },
      problems: ['order.not_found'],
      handle: async ({ params, actor }) => ok(await readHistory(deps.db, actor, params.order_id)),
    }),
    route({
      method: 'put',
      path: '/orders/:order_id/status',
      operationId: 'changeOrderStatus',
      summary: 'Move an order to processing, shipped or delivered',
      access: 'admin',
      params: orderPath,
      body: changeStatusBody,
      headers: [ifMatch],
      answers: { 200: { description: 'The order', schema: orderSchema, headers: etagHeader } },
      problems: ['order.not_found', 'order.invalid_transition'],
      handle: async (request) => {
        const order = await changeStatus(deps, {
          ...request,
          orderId: request.params.order_id,
          to: request.body.status,
          reason: request.body.reason,
          trackingNumber: request.body.tracking_number,
          ifMatch: request.header('if-match'),
        });
        return ok(order, { etag: etagOf(order.version) });
      },
    }),
    route({
      method: 'post',
      path: '/orders/:order_id/cancel',
      operationId: 'cancelOrder',
      summary: 'Ask for an order to be cancelled',
      access: 'user',
      params: orderPath,
      body: cancelOrderBody,
      bodyOptional: true,
      answers: {
        202: { description: 'The order is being cancelled', schema: orderSchema },
        200: { description: 'It was over already', schema: orderSchema },
      },
      problems: ['order.not_found', 'order.not_cancellable'],
      handle: async (request) => {
        const input = { ...request, orderId: request.params.order_id, reason: request.body.reason };
        const { order, over } = await cancelOrder(deps, input);
        return over ? ok(order) : accepted(order);
      },
    }),
  ];
}
